"""Measure batches that were drawn without drift against references that were drawn without drift.

Batches of up to a thousand rows are drawn, and so is a reference. Beyond that size counts are sums of so many
independent clusters that only their spread is left to change, with the root of the number of rows (the
central limit theorem), so the drawn deviations from the whole are shrunk instead.

Some repeats are measured at a time, so that what is held stays in the cache. Statistics that are linear up to
their last step (:class:`include.monitoring.histogram.distances.Linear`) are described once for each draw and
not once for each batch size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.monitoring.histogram.distances import DISTANCES, find_distance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.distances import Linear
    from include.monitoring.null.cluster_sampling import Drawer

BATCH_SIZES = (100, 300, 1_000, 3_000, 10_000, 100_000, 1_000_000)
_DRAWN = 1_000  # rows of the largest batch, and of the largest reference, that are drawn one by one
_REPEATS = 50  # held at a time: fewer cost calls, more cost memory


class Drawn(NamedTuple):
    """Rows drawn for all repeats of a chunk.

    :param numbers: row numbers, intp of shape (about rows * repeats,).
    :param repeats: the repeat that each belongs to, of the same shape.
    """

    numbers: np.ndarray
    repeats: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class Chunk:
    """Rows drawn for some repeats.

    :param repeats: how many.
    :param rows: rows of the whole reference.
    :param batches: rows of the batches, by their size.
    :param reference: rows of the references.
    """

    repeats: int
    rows: int
    batches: dict[int, Drawn]
    reference: Drawn


def draw_chunks(batch: Drawer, reference: Drawer, *, rows: int, seed: int, repeats: int) -> Iterator[Chunk]:
    """Draw rows for all columns at once, some repeats at a time.

    :param batch: draws the rows of a batch.
    :param reference: draws the rows of a reference.
    :param rows: rows of the whole reference.
    :param seed: seed of all draws.
    :param repeats: pairs of batch and reference.
    """
    generator = np.random.default_rng(seed)
    for start in range(0, repeats, _REPEATS):
        held = min(_REPEATS, repeats - start)
        yield Chunk(
            repeats=held,
            rows=rows,
            batches={
                size: Drawn(*batch.draw(generator, size, held)) for size in BATCH_SIZES if size <= _DRAWN
            },
            reference=Drawn(*reference.draw(generator, min(rows, _DRAWN), held)),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class BinnedRows:
    """The rows of a column by their bins.

    :param bins: the bin of each row that may be drawn, shape (n,).
    :param base: rows in each bin, or what they weigh, shape (bins,); bin 0 is that of the missing.
    :param midpoints: for numbers what stands for each bin but the missing, float64 of shape (bins - 1,).
    :param weights: how much each row counts, above 0, float64 of shape (n,); None where all count the same.
    """

    bins: np.ndarray
    base: np.ndarray
    midpoints: np.ndarray | None = None
    weights: np.ndarray | None = None

    def count(self, drawn: Drawn, repeats: int) -> np.ndarray:
        """Return the counts of each repeat, or sums of weights, of shape (repeats, bins)."""
        size = len(self.base)
        cells = drawn.repeats * size
        # Quicker than an index; no number is out of range.
        cells += np.take(self.bins, drawn.numbers, mode="clip")
        own = None if self.weights is None else np.take(self.weights, drawn.numbers, mode="clip")
        return np.bincount(cells, weights=own, minlength=repeats * size).reshape(repeats, size)


def are_linear(statistics: Sequence[str]) -> bool:
    """Tell whether some statistics, taken of numbers, are all linear up to their last step."""
    return all(DISTANCES[name].linear is not None for name in statistics)


def measure_chunk(
    bins: Bins, statistics: Sequence[str], rows: BinnedRows, chunk: Chunk
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield statistic, batch size and the values of the repeats, float64 of shape (repeats,).

    :param bins: the column's bins.
    :param statistics: names of the statistics.
    :param rows: the column's rows by their bins.
    :param chunk: the rows drawn.
    """
    linear = {name: one for name in statistics if (one := DISTANCES[name].linear) is not None}
    if rows.midpoints is not None and len(linear) == len(statistics):
        yield from _measure_linear(linear, rows, rows.midpoints, chunk)
    else:
        yield from _measure_counts(bins, statistics, rows, chunk)


def _measure_counts(
    bins: Bins, statistics: Sequence[str], rows: BinnedRows, chunk: Chunk
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Measure whole counts, as a check does."""
    whole = rows.base / rows.base.sum()

    def deviate(drawn: Drawn) -> np.ndarray:
        counts = rows.count(drawn, chunk.repeats)
        return np.asarray(counts / counts.sum(axis=1, keepdims=True) - whole)

    reference = (whole + deviate(chunk.reference) * _shrink(chunk.rows)) * chunk.rows
    for size in BATCH_SIZES:
        if size <= _DRAWN:
            largest = deviate(chunk.batches[size])
        batch = (whole + largest * _shrink(size)) * size
        for name in statistics:
            yield name, size, find_distance(name, bins).measure(reference, batch, bins)


def _measure_linear(
    linear: Mapping[str, Linear], rows: BinnedRows, midpoints: np.ndarray, chunk: Chunk
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Measure by vectors that are linear in the shares of rows."""

    def describe(counts: np.ndarray) -> dict[str, np.ndarray]:
        return {name: one.describe(counts, midpoints) for name, one in linear.items()}

    def deviate(drawn: Drawn) -> dict[str, np.ndarray]:
        found = describe(rows.count(drawn, chunk.repeats))
        for name, value in whole.items():
            found[name] -= value
        return found

    whole = describe(rows.base[None, :])
    reference = {name: part * _shrink(chunk.rows) for name, part in deviate(chunk.reference).items()}
    apart = {name: np.empty_like(part) for name, part in reference.items()}
    for size in BATCH_SIZES:
        if size <= _DRAWN:
            largest = deviate(chunk.batches[size])
        for name, one in linear.items():
            np.multiply(largest[name], -_shrink(size), out=apart[name])
            apart[name] += reference[name]
            yield name, size, np.nan_to_num(one.measure(apart[name]))


def _shrink(rows: int) -> float:
    """Return by how much deviations of the largest draw are larger than those of so many rows."""
    return math.sqrt(min(1.0, _DRAWN / rows))
