"""Count a whole file: one column of one row group at a time, in a few threads.

Decoding, sorting and searching all run without Python's lock, so threads add up, and a thread never holds
more than one column of one row group: memory is bounded by the row groups and not by the table.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from include.data.read_snapshot import explained
from include.data.weights import check_weights
from include.errors import DataError
from include.monitoring.histogram.counts import check_scores, check_type
from include.monitoring.histogram.weighted import add_up_weights, state_counts, without_counts
from include.names import shown

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.profile.profile import Profile

THREADS = 2
_SCORES = 1 << 18  # predictions counted in one go


def count_file(
    path: Path, profile: Profile, scores: np.ndarray | None = None, *, threads: int = THREADS
) -> Counts:
    """Count a canonical snapshot in the bins of a profile.

    The same counts as :meth:`Profile.count` of the whole table, whatever the row groups and threads. Where
    the profile counts by weight, the file has the weights.

    :param path: a Parquet file with at least the features: float64 and string.
    :param profile: the profile whose bins are used.
    :param scores: the model's predictions for its rows, of shape (n,) or (n, k), in their order; None when
        there are none.
    :param threads: how many columns are counted at the same time.
    :raises DataError: when the file is not a Parquet file or is damaged, a feature or the weight is missing
        or has another type, or scores and rows differ in number.
    :raises StorageError: when the disk fails to give the file.
    """
    with explained(path), pq.ParquetFile(path) as parquet:
        metadata, schema = parquet.metadata, parquet.schema_arrow
    for name, bins in profile.columns.items():
        check_type(schema, name, bins)
    check_scores(scores, metadata.num_rows, len(profile.classes))
    given = np.empty(0) if scores is None else scores
    weights, begins = _read_weights(path, schema, profile), _begins(metadata)
    total, files = profile.empty(), _Files(path, metadata, profile)
    if weights is not None:
        total = without_counts(total)

    def count(bins: Bins, array: pa.Array, start: int) -> np.ndarray:
        if weights is None:
            return bins.count(array)
        return add_up_weights(bins, array, weights[start : start + len(array)])

    def count_group(group: int, name: str) -> tuple[np.ndarray, np.ndarray]:
        read = files.own().read_row_group(group, columns=[name], use_threads=False).column(0)
        array = read.chunk(0) if read.num_chunks == 1 else read.combine_chunks()
        return total.columns[name], count(profile.columns[name], array, begins[group])

    def count_predicted(start: int) -> tuple[np.ndarray, np.ndarray]:
        part = profile.predicted(given[start : start + _SCORES])
        return total.predictions, count(profile.predictions, part, start)

    def count_probability(start: int, name: str) -> tuple[np.ndarray, np.ndarray]:
        part = profile.probability(given[start : start + _SCORES], name)
        return total.probabilities[name], count(profile.probabilities[name], part, start)

    tasks = [
        partial(count_group, group, name)
        for group in range(metadata.num_row_groups)
        for name in total.columns
    ]
    for start in range(0, len(given), _SCORES):
        tasks.append(partial(count_predicted, start))
        tasks += [partial(count_probability, start, name) for name in profile.probabilities]
    try:
        with explained(path), ThreadPoolExecutor(threads) as pool:
            for sums, found in pool.map(lambda task: task(), tasks):
                np.add(sums, found, out=sums)
    finally:
        files.close()
    if weights is not None:
        return state_counts(total, int(np.count_nonzero(weights)))
    return replace(total, rows=metadata.num_rows)


def _begins(metadata: pq.FileMetaData) -> list[int]:
    """Return the number of the first row of each row group."""
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    return [0, *np.cumsum(sizes).tolist()]


def _read_weights(path: Path, schema: pa.Schema, profile: Profile) -> np.ndarray | None:
    """Return the weight of each row, float64 of shape (n,); None where the profile counts by row."""
    if not profile.weight:
        return None
    name = profile.weight
    if name not in schema.names:
        raise DataError(
            f"{path.name} has no column {shown(name)}: found {', '.join(map(shown, schema.names))}; expected "
            "the weight of each row, by which the training data of this version was counted; train the model "
            "again after a change of weight in model.yaml"
        )
    with explained(path):
        column = pq.read_table(path, columns=[name])[name]
    weights = check_weights(column.cast("float64"), name, path.name)
    largest = float(weights.max(initial=np.finfo(np.float64).tiny))
    return np.asarray(weights / largest)  # a sum of large ones would be infinite


class _Files:
    """One open file for each thread, because a reader serves one thread at a time.

    :param path: the file.
    :param metadata: its footer, read once.
    :param profile: categories are read as dictionaries, which spares a string for every row.
    """

    def __init__(self, path: Path, metadata: pq.FileMetaData, profile: Profile) -> None:
        self._path = path
        self._metadata = metadata
        self._categories = [name for name, bins in profile.columns.items() if bins.kind == "categorical"]
        self._local = threading.local()
        self._opened: list[pq.ParquetFile] = []

    def own(self) -> pq.ParquetFile:
        """Return the file of this thread."""
        if not hasattr(self._local, "file"):
            self._local.file = pq.ParquetFile(
                self._path, metadata=self._metadata, read_dictionary=self._categories
            )
            self._opened.append(self._local.file)
        return self._local.file

    def close(self) -> None:
        """Close all files."""
        for file in self._opened:
            file.close()
