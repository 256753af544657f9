"""The two passes on Spark, where the scores are too many for one machine.

Optional: PySpark 4 and this repository must be where the workers run. Each partition is counted and summed by
the very functions that read a file, and what comes back is a small text of each. Counts and sums are
integers, so they are those of one machine to the last bit, however the rows are spread.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from include.data.arrow_numpy import to_numpy
from include.evaluation.buckets import assign_buckets
from include.evaluation.streaming.first_pass import no_counts
from include.evaluation.streaming.packing import pack_counts, pack_sums, unpack_counts, unpack_sums
from include.evaluation.streaming.plan import Chunk
from include.evaluation.streaming.second_pass import no_sums
from include.evaluation.streaming.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pyspark.sql import DataFrame

    from include.evaluation.streaming.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where a DataFrame holds what a plan needs.

    :param entity: column of the entity, integers or strings without nulls.
    :param target: column of the label, integers 0 or 1.
    :param scores: column of the scores by model, doubles.
    :param groups: column of the number of the group by cut, integers.
    :param weights: column of the weight, doubles without nulls; None where all rows count the same.
    """

    entity: str
    target: str
    scores: Mapping[str, str]
    groups: Mapping[str, str] = field(default_factory=dict)
    weights: str | None = None

    def all(self) -> list[str]:
        """Return the columns, each once."""
        weights = [self.weights] if self.weights else []
        return list(
            dict.fromkeys([self.entity, self.target, *self.scores.values(), *self.groups.values(), *weights])
        )

    def chunk(self, batch: pa.RecordBatch) -> Chunk:
        """Return the rows of an Arrow batch that has these columns in this order, by whatever name."""
        found = dict(zip(self.all(), batch.columns, strict=True))
        return Chunk(
            target=to_numpy(found[self.target]),
            scores={model: to_numpy(found[name]) for model, name in self.scores.items()},
            buckets=assign_buckets(found[self.entity]),
            groups={cut: to_numpy(found[name]) for cut, name in self.groups.items()},
            weights=to_numpy(found[self.weights]) if self.weights else None,
        )


def summarise_dataframe(frame: DataFrame, plan: Plan, columns: Columns) -> Summary:
    """Measure models on a DataFrame in two passes.

    :param frame: a row for each label, with the scores of each model.
    :param plan: what is measured.
    :param columns: where that is found.
    """
    counts = no_counts(plan)
    for packed in _each_partition(frame, columns, partial(_count, plan=plan, columns=columns)):
        counts += unpack_counts(packed, plan)
    known, sums = pack_counts(counts), no_sums(plan)
    for packed in _each_partition(frame, columns, partial(_sum, plan=plan, columns=columns, counts=known)):
        sums += unpack_sums(packed, plan)
    return Summary(sums=sums, lookups=counts.tabulate())


def _each_partition(
    frame: DataFrame, columns: Columns, work: Callable[[Iterable[pa.RecordBatch]], bytes]
) -> Iterator[bytes]:
    """Yield what the work on each partition gives.

    ``mapInArrow`` asks for columns by name without backticks, so they get names that need none.
    """
    from pyspark.sql.functions import col

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        text = base64.b64encode(work(batches)).decode()
        yield pa.RecordBatch.from_pydict({"found": [text]})

    chosen = frame.select(
        *(
            col("`" + name.replace("`", "``") + "`").alias(f"column{place}")
            for place, name in enumerate(columns.all())
        )
    )
    for row in chosen.mapInArrow(run, "found string").toLocalIterator():
        yield base64.b64decode(row.found)


def _count(batches: Iterable[pa.RecordBatch], *, plan: Plan, columns: Columns) -> bytes:
    """Return the counts of a partition; runs in a Spark worker."""
    found = no_counts(plan)
    for batch in batches:
        found.add(columns.chunk(batch))
    return pack_counts(found)


def _sum(batches: Iterable[pa.RecordBatch], *, plan: Plan, columns: Columns, counts: bytes) -> bytes:
    """Return the sums of a partition; runs in a Spark worker."""
    found, lookups = no_sums(plan), unpack_counts(counts, plan).tabulate()
    for batch in batches:
        found.add(columns.chunk(batch), lookups)
    return pack_sums(found)
