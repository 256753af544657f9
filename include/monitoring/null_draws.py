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

from include.monitoring.drift_names import MISSING_SHARE
from include.monitoring.statistics import find_measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from include.monitoring.columns import Column
    from include.monitoring.resample import Drawer

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


def measure_chunk(
    column: Column, statistics: Sequence[str], places: np.ndarray, base: np.ndarray, chunk: Chunk
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield statistic, size of batch and the values of the repeats, float64 of shape (repeats,).

    :param column: the places.
    :param statistics: names of the statistics.
    :param places: the place of each row that may be drawn, shape (n,).
    :param base: rows in each place, shape (places,); place 0 is that of the missing.
    :param chunk: the rows drawn.
    """
    if only_functions(statistics):
        yield from _measure_functions(statistics, places, base, chunk)
    else:
        yield from _measure_counts(column, statistics, places, base, chunk)


def only_functions(statistics: Sequence[str]) -> bool:
    """Tell whether distribution functions and the missing are all that some statistics look at."""
    return {*statistics} <= {KS, MISSING_SHARE}


def _measure_counts(
    column: Column, statistics: Sequence[str], places: np.ndarray, base: np.ndarray, chunk: Chunk
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Measure by the functions of :mod:`include.monitoring.statistics`."""
    import numpy as np

    whole = base / base.sum()

    def deviate(drawn: Drawn) -> np.ndarray:
        counts = _count(places, drawn, chunk.repeats, len(base))
        return np.asarray(counts / counts.sum(axis=1, keepdims=True) - whole)

    reference = (whole + deviate(chunk.reference) * _shrink(chunk.rows)) * chunk.rows
    for step in LADDER:
        if step <= _DRAWN:
            largest = deviate(chunk.batches[step])
        batch = (whole + largest * _shrink(step)) * step
        for name in statistics:
            yield name, step, find_measure(name, column)(reference, batch, column)


def _measure_functions(
    statistics: Sequence[str], places: np.ndarray, base: np.ndarray, chunk: Chunk
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Measure KS and the share of the missing by distribution functions of what is not missing."""
    import numpy as np

    def deviate(drawn: Drawn) -> tuple[np.ndarray, np.ndarray]:
        counts = _count(places, drawn, chunk.repeats, len(base))
        rows = counts.sum(axis=1)
        filled = rows - counts[:, 0]
        sums = np.cumsum(counts[:, 1:], axis=1, dtype=np.float64)
        sums /= np.maximum(filled, 1)[:, None]
        sums -= function
        return np.where(filled[:, None] > 0, sums, 0.0), counts[:, 0] / rows - missing

    missing = base[0] / base.sum()
    function = np.cumsum(base[1:]) / max(1, base[1:].sum())
    reference, reference_missing = (part * _shrink(chunk.rows) for part in deviate(chunk.reference))
    apart = np.empty_like(reference)
    for step in LADDER:
        if step <= _DRAWN:
            largest, largest_missing = deviate(chunk.batches[step])
        shrink = _shrink(step)
        if KS in statistics:
            np.multiply(largest, -shrink, out=apart)
            apart += reference
            yield KS, step, np.maximum(apart.max(axis=1), -apart.min(axis=1))
        if MISSING_SHARE in statistics:
            yield MISSING_SHARE, step, np.abs(largest_missing * shrink - reference_missing)


def _shrink(rows: int) -> float:
    """Return by how much deviations of the largest draw are larger than those of so many rows."""
    return math.sqrt(min(1.0, _DRAWN / rows))


def _count(places: np.ndarray, drawn: Drawn, repeats: int, size: int) -> np.ndarray:
    """Return the counts of each repeat, shape (repeats, size)."""
    import numpy as np

    cells = drawn.repeats * size
    cells += np.take(places, drawn.numbers, mode="clip")  # quicker than an index; nothing is out of range
    return np.bincount(cells, minlength=repeats * size).reshape(repeats, size)
