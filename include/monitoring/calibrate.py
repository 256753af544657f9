"""Make the null distributions of a profile: what each statistic comes to when nothing has happened.

A batch and a reference are drawn from the training data again and again (:mod:`include.monitoring.resample`)
and measured against each other, so that each distribution holds the error of the batch and that of the
reference. Batches of up to 3,000 rows are drawn; beyond that size counts are sums of so many independent
clusters that only their spread is left to change, with the root of the number of rows (the central limit
theorem), so the drawn deviations are shrunk instead. The same holds for the reference.

What differs between days and not only between rows (weekdays, the weather) does not average out in a larger
batch. Where the training data holds several days, each is measured against all others, and what lies beyond
chance is kept as the column's *wobble*: a batch may lie as far off as any day that the model has learned
from.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.monitoring.drift_names import MISSING_SHARE
from include.monitoring.null import Null, describe_draws
from include.monitoring.resample import Drawer, Multinomial, Sample, cluster
from include.monitoring.statistics import find_measure
from include.monitoring.wobble import measure_wobble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from include.monitoring.columns import Column

    Draws = dict[tuple[str, int], list[np.ndarray]]

LADDER = (100, 300, 1_000, 3_000, 10_000, 100_000, 1_000_000)
REPEATS = 1_000
THREADS = 2  # columns measured at the same time
_DRAWN = 3_000  # rows of the largest batch, and of the largest reference, that are drawn one by one
_KS_GROUPS = 512
_CHUNK = 50  # repeats held at a time: their counts stay in the cache


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """What to calibrate of one column.

    :param column: its places.
    :param statistics: names of the statistics.
    """

    column: Column
    statistics: tuple[str, ...]


def calibrate(
    sample: Sample, plans: Mapping[str, Plan], *, rows: int, seed: int, repeats: int = REPEATS
) -> dict[str, tuple[Null, ...]]:
    """Make the null distributions of all columns from the training data.

    The same sample and seed give the same distributions.

    :param sample: rows of the training data.
    :param plans: what to calibrate; the keys are those of ``sample.places``.
    :param rows: rows of the whole training data.
    :param seed: seed of all draws.
    :param repeats: pairs of batch and reference.
    :return: for each column one distribution for each of its statistics, in their order.
    """
    if not len(sample.entities):
        return {}
    import numpy as np

    places, bases = {}, {}
    for name, plan in plans.items():
        places[name], size = _coarsen(plan, sample.places[name])
        bases[name] = np.bincount(places[name], minlength=size)
    draws: dict[str, Draws] = {name: {} for name in plans}
    deliveries, entities = cluster(sample.days, sample.entities), cluster(sample.entities)
    with ThreadPoolExecutor(THREADS) as pool:
        for chunk in _draw_rows(deliveries, entities, rows, seed, repeats):

            def work(name: str, chunk: _Chunk = chunk) -> None:
                _measure_chunk(plans[name], bases[name], places[name], chunk, rows=rows, draws=draws[name])

            for _ in pool.map(work, plans):
                pass
    return {
        name: tuple(
            replace(null, wobble=measure_wobble(sample, name, plan.column, null, rows))
            for null in _describe(plan.statistics, bases[name], draws[name])
        )
        for name, plan in plans.items()
    }


def _coarsen(plan: Plan, places: np.ndarray) -> tuple[np.ndarray, int]:
    """Return places as the statistics need them, and how many there are.

    The distribution of KS needs no thousand intervals: it is made from about 500 groups of equal mass, which
    understates it by less than a hundredth and takes a quarter of the time. A place that holds as much as
    a group stays by itself, and so do the missing.
    """
    import numpy as np

    size = plan.column.size
    if not {*plan.statistics} <= {"ks", MISSING_SHARE} or size <= _KS_GROUPS:
        return places, size
    share = np.bincount(places, minlength=size)[1:] / len(places)
    group = ((np.cumsum(share) - share / 2) * _KS_GROUPS).astype(np.int64)
    heavy = share >= 1 / _KS_GROUPS
    new = (np.diff(group, prepend=-1) != 0) | heavy | np.append(False, heavy[:-1])
    coarse = np.append(0, np.cumsum(new)).astype(np.int16)
    return coarse[places], int(coarse[-1]) + 1


def calibrate_counts(
    plan: Plan, counts: np.ndarray, *, seed: int, repeats: int = REPEATS
) -> tuple[Null, ...]:
    """Make the null distributions of one column from its counts alone, as if its rows were independent.

    For profiles of the first format, and for a statistic that was not calibrated at training.

    :param plan: what to calibrate.
    :param counts: counts of the reference, shape (places,).
    :param seed: seed of all draws.
    :param repeats: pairs of batch and reference.
    """
    import numpy as np

    rows = int(counts.sum())
    if not rows:
        return ()
    draws: Draws = {}
    drawer = Multinomial(counts)
    for chunk in _draw_rows(drawer, drawer, rows, seed, repeats):
        _measure_chunk(plan, counts, np.arange(len(counts)), chunk, rows=rows, draws=draws)
    return tuple(_describe(plan.statistics, counts, draws))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Chunk:
    """Rows drawn for some repeats: for each size of batch, and for the reference."""

    repeats: int
    batches: dict[int, tuple[np.ndarray, np.ndarray]]
    reference: tuple[np.ndarray, np.ndarray]


def _draw_rows(batch: Drawer, reference: Drawer, rows: int, seed: int, repeats: int) -> Iterator[_Chunk]:
    """Draw rows for all columns at once."""
    import numpy as np

    generator = np.random.default_rng(seed)
    for start in range(0, repeats, _CHUNK):
        size = min(_CHUNK, repeats - start)
        yield _Chunk(
            repeats=size,
            batches={step: batch.draw(generator, step, size) for step in LADDER if step <= _DRAWN},
            reference=reference.draw(generator, min(rows, _DRAWN), size),
        )


def _measure_chunk(
    plan: Plan, base: np.ndarray, places: np.ndarray, chunk: _Chunk, *, rows: int, draws: Draws
) -> None:
    """Measure the batches of a chunk against its references, for each size of the ladder."""
    import numpy as np

    def shares_of(drawn: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        numbers, repeat = drawn
        cells = np.bincount(places[numbers] + repeat * len(base), minlength=chunk.repeats * len(base))
        counts = cells.reshape(chunk.repeats, len(base))
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))

    whole = base / base.sum()
    reference = whole + (shares_of(chunk.reference) - whole) * math.sqrt(min(1.0, _DRAWN / rows))
    for step in LADDER:
        if step <= _DRAWN:
            batch = largest = shares_of(chunk.batches[step])
        else:
            batch = whole + (largest - whole) * math.sqrt(_DRAWN / step)
        for name in plan.statistics:
            values = find_measure(name, plan.column)(reference * rows, batch * step, plan.column)
            draws.setdefault((name, step), []).append(values)


def _describe(statistics: Sequence[str], base: np.ndarray, draws: Draws) -> Iterator[Null]:
    """Yield one distribution for each statistic."""
    import numpy as np

    filled = float(base[1:].sum() / base.sum())
    for name in statistics:
        share = 1.0 if name == MISSING_SHARE else filled
        if share > 0:
            steps = [np.concatenate(draws[name, step]) for step in LADDER]
            yield describe_draws(name, [step * share for step in LADDER], steps)
