"""Count a Spark DataFrame in the bins of a profile, where the batch is too large for one machine.

Optional: PySpark 4 and this repository must be where the workers run. Each partition is counted by the very
function that counts a file, in Arrow batches, and what comes back is one small text for each partition, so
the counts are those of one machine to the last digit, however the rows are spread.
"""

from __future__ import annotations

from functools import partial, reduce
from typing import TYPE_CHECKING

import pyarrow as pa

from include.monitoring.histogram.counts import Counts, check_type
from include.monitoring.profile.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from pyspark.sql import DataFrame


def count_dataframe(frame: DataFrame, profile: Profile, *, scores: str | None = None) -> Counts:
    """Count a DataFrame; pass the result to :func:`include.monitoring.drift.check.check_drift`.

    :param frame: rows with at least the features: doubles and strings, as in a canonical snapshot.
    :param profile: the profile of the champion.
    :param scores: its column with the model's predictions, doubles or arrays of doubles; None when there are
        none.
    :raises DataError: when a column is missing or has another type; no job is started then.
    """
    from pyspark.sql.pandas.types import to_arrow_schema

    schema = to_arrow_schema(frame.schema)
    for name, bins in profile.columns.items():
        check_type(schema, name, bins)
    if scores and not profile.classes:
        check_type(schema, scores, profile.predictions)
    wanted = [*profile.columns, *([scores] if scores else [])]
    counted = frame.select(*map(_in_backticks, wanted)).mapInArrow(
        partial(_count_partition, profile=profile.to_json(), scores=scores), "counts string"
    )
    parts = (Counts.from_json(row.counts) for row in counted.toLocalIterator())
    return reduce(Counts.merge, parts, profile.empty())


def _in_backticks(name: str) -> str:
    """Return a column as an expression of Spark's SQL, whatever it is called."""
    return "`" + name.replace("`", "``") + "`"


def _count_partition(
    batches: Iterable[pa.RecordBatch], *, profile: str, scores: str | None
) -> Iterator[pa.RecordBatch]:
    """Yield the counts of all batches of a partition, as one row of text; runs in a Spark worker."""
    reference = Profile.from_json(profile)
    total = reference.empty()
    for batch in batches:
        predicted = _answers(batch.column(scores)) if scores else None
        total = total.merge(reference.count(batch, predicted))
    yield pa.RecordBatch.from_pydict({"counts": [total.to_json()]})


def _answers(column: pa.Array) -> np.ndarray:
    """Return a column of answers: a list of k numbers in each row has the shape (n, k)."""
    if pa.types.is_list(column.type):
        flat: np.ndarray = column.flatten().to_numpy(zero_copy_only=False)
        return flat.reshape(len(column), -1)
    numbers: np.ndarray = column.to_numpy(zero_copy_only=False)
    return numbers
