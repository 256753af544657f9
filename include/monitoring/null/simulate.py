"""Measure batches that were drawn without drift against references that were drawn without drift.

Batches of up to a thousand rows are drawn, and so is a reference. Beyond that size counts are sums of so many
independent clusters that only their spread is left to change, with the root of the number of rows (the
central limit theorem), so the drawn deviations from the whole are shrunk instead.

Some repeats are measured at a time, so that what is held stays in the cache. KS, which is linear up to its
last step, is taken from distribution functions that are added up once for each draw and not once for each
size of batch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from include.config.drift_statistics import MEAN_SHIFT, MISSING_SHARE
from include.monitoring.histogram.distances import find_measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from include.monitoring.histogram.binning import Column
    from include.monitoring.null.cluster_sampling import Drawer

KS = "ks"
LADDER = (100, 300, 1_000, 3_000, 10_000, 100_000, 1_000_000)
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
    import numpy as np

    generator = np.random.default_rng(seed)
    for start in range(0, repeats, _REPEATS):
        size = min(_REPEATS, repeats - start)
        yield Chunk(
            repeats=size,
            rows=rows,
            batches={step: Drawn(*batch.draw(generator, step, size)) for step in LADDER if step <= _DRAWN},
            reference=Drawn(*reference.draw(generator, min(rows, _DRAWN), size)),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Falls:
    """Into which places the rows of a column fall.

    :param places: the place of each row that may be drawn, shape (n,).
    :param base: rows in each place, shape (places,); place 0 is that of the missing.
    :param marks: for numbers what stands for each place but the missing, float64 of shape (places - 1,).
    """

    places: np.ndarray
    base: np.ndarray
    marks: np.ndarray | None = None

    def count(self, drawn: Drawn, repeats: int) -> np.ndarray:
        """Return the counts of each repeat, int64 of shape (repeats, places)."""
        import numpy as np

        size = len(self.base)
        cells = drawn.repeats * size
        # Quicker than an index; no number is out of range.
        cells += np.take(self.places, drawn.numbers, mode="clip")
        return np.bincount(cells, minlength=repeats * size).reshape(repeats, size)


def only_functions(statistics: Sequence[str]) -> bool:
    """Tell whether all that some statistics look at is linear in the distribution function of numbers."""
    return {*statistics} <= {KS, MISSING_SHARE, MEAN_SHIFT}


def measure_chunk(
    column: Column, statistics: Sequence[str], falls: Falls, chunk: Chunk
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield statistic, size of batch and the values of the repeats, float64 of shape (repeats,).

    :param column: the places.
    :param statistics: names of the statistics.
    :param falls: where its rows fall.
    :param chunk: the rows drawn.
    """
    if falls.marks is not None and only_functions(statistics):
        yield from _measure_functions(statistics, falls, falls.marks, chunk)
    else:
        yield from _measure_counts(column, statistics, falls, chunk)


def _measure_counts(
    column: Column, statistics: Sequence[str], falls: Falls, chunk: Chunk
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Measure by the functions of :mod:`include.monitoring.histogram.distances`."""
    import numpy as np

    whole = falls.base / falls.base.sum()

    def deviate(drawn: Drawn) -> np.ndarray:
        counts = falls.count(drawn, chunk.repeats)
        return np.asarray(counts / counts.sum(axis=1, keepdims=True) - whole)

    reference = (whole + deviate(chunk.reference) * _shrink(chunk.rows)) * chunk.rows
    for step in LADDER:
        if step <= _DRAWN:
            largest = deviate(chunk.batches[step])
        batch = (whole + largest * _shrink(step)) * step
        for name in statistics:
            yield name, step, find_measure(name, column)(reference, batch, column)


def _measure_functions(
    statistics: Sequence[str], falls: Falls, marks: np.ndarray, chunk: Chunk
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Measure by distribution functions of what is not missing; the mean is linear in them, too."""
    import numpy as np

    def describe(counts: np.ndarray) -> dict[str, np.ndarray]:
        rows = counts.sum(axis=1)
        filled = (rows - counts[:, 0]).astype(np.float64)
        filled[filled == 0] = np.nan  # nothing to compare, for which every statistic is 0
        found = {KS: np.cumsum(counts[:, 1:], axis=1, dtype=np.float64)}
        found[KS] /= filled[:, None]
        if MISSING_SHARE in statistics:
            found[MISSING_SHARE] = counts[:, 0] / rows
        if MEAN_SHIFT in statistics:
            found[MEAN_SHIFT] = counts[:, 1:] @ marks / filled
        return found

    def deviate(drawn: Drawn) -> dict[str, np.ndarray]:
        found = describe(falls.count(drawn, chunk.repeats))
        for name, value in whole.items():
            found[name] -= value
        return found

    whole = describe(falls.base[None, :])
    reference = {name: part * _shrink(chunk.rows) for name, part in deviate(chunk.reference).items()}
    apart = np.empty_like(reference[KS])
    for step in LADDER:
        if step <= _DRAWN:
            largest = deviate(chunk.batches[step])
        for name in statistics:
            if name == KS:
                np.multiply(largest[KS], -_shrink(step), out=apart)
                apart += reference[KS]
                found = np.maximum(apart.max(axis=1), -apart.min(axis=1))
            else:
                found = np.abs(largest[name] * _shrink(step) - reference[name])
            yield name, step, np.nan_to_num(found)


def _shrink(rows: int) -> float:
    """Return by how much deviations of the largest draw are larger than those of so many rows."""
    return math.sqrt(min(1.0, _DRAWN / rows))
