"""The file of an evaluation's scores: keys, target and the scores of each model, row by row.

The columns that are ours have names that no entity can have (:mod:`include.names`). Files of 0.2 and before
called them ``target``, ``candidate`` and ``champion``; they are read as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from include.errors import DataError
from include.names import internal, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np

    from include.training.frame import Frame

_TARGET = "target"
CANDIDATE, CHALLENGER = "candidate", "challenger"


def write_scores(path: Path, frame: Frame, scores: Mapping[str, np.ndarray]) -> None:
    """Write the scores of each model, in the order of the test set.

    :param path: Parquet file to write.
    :param frame: the test set, n rows.
    :param scores: answers of shape (n,) or (n, k) by ``candidate`` and, where there are such, ``champion``
        and ``challenger``.
    """
    table = pa.Table.from_pandas(frame.keys, preserve_index=False).replace_schema_metadata(None)
    for name, values in {_TARGET: frame.target, **scores}.items():
        table = table.append_column(internal(name), _column(values))
    pq.write_table(table, path)


def read_evaluated(path: Path, model: str = CANDIDATE) -> np.ndarray:
    """Return a model's answers, float64 of shape (n,) or (n, k), in the order of the test set.

    :param path: what :func:`write_scores` wrote, in this or an older version.
    :param model: ``candidate`` or ``challenger``.
    :raises DataError: it holds none.
    """
    with pq.ParquetFile(path) as parquet:
        names = parquet.schema_arrow.names
        spelled = (internal(model), *([model] if model == CANDIDATE else []))  # as files of 0.2 and before
        column = next((name for name in spelled if name in names), None)
        if column is None:
            raise DataError(
                f"{path} holds no scores of a {model} (found: {', '.join(map(shown, names))}): evaluate it "
                "again"
            )
        found = parquet.read(columns=[column])[column].combine_chunks()
    if pa.types.is_list(found.type):
        flat: np.ndarray = found.flatten().to_numpy()
        return flat.reshape(len(found), -1)
    scores: np.ndarray = found.to_numpy()
    return scores


def _column(values: np.ndarray) -> pa.Array:
    """Return answers as a column; the k numbers of a row are a list."""
    if values.ndim == 1:
        return pa.array(values)
    ends = pa.array(range(0, values.size + 1, values.shape[1]), type=pa.int32())
    return pa.ListArray.from_arrays(ends, pa.array(values.ravel()))
