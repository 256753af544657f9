"""Make the null distributions of a profile: what each statistic comes to when nothing has happened.

A batch and a reference are drawn from the training data again and again
(:mod:`include.monitoring.null.cluster_sampling`)
and measured against each other (:mod:`include.monitoring.null.simulate`), so that each distribution holds the
error of the batch and that of the reference.

What differs between days and not only between rows (weekdays, the weather) does not average out in a larger
batch. Where the training data holds several days, each is measured against all others, and what lies beyond
chance is kept as the column's *wobble*: a batch may lie as far off as any day that the model has learned
from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from include.config.drift_statistics import MISSING_SHARE
from include.monitoring.histogram.binning import NumericColumn
from include.monitoring.histogram.moments import locate
from include.monitoring.null.cluster_sampling import Multinomial, Sample, cluster
from include.monitoring.null.day_variation import find_days, measure_wobble
from include.monitoring.null.distribution import Null, describe_draws
from include.monitoring.null.simulate import (
    KS,
    LADDER,
    Chunk,
    Falls,
    draw_chunks,
    measure_chunk,
    only_functions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

    from include.monitoring.histogram.binning import Column


REPEATS = 1_000
_KS_GROUPS = 512


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
    columns = {name: _start(plan, sample.places[name]) for name, plan in plans.items()}
    deliveries, entities = cluster(sample.days, sample.entities), cluster(sample.entities)
    stand_ins = _find_stand_ins(columns, alone=deliveries.single and entities.single)
    measured = {name: columns[name] for name in stand_ins.values()}
    for chunk in draw_chunks(deliveries, entities, rows=rows, seed=seed, repeats=repeats):
        for column in measured.values():
            column.measure(chunk)
    nulls = {name: tuple(column.describe()) for name, column in measured.items()}
    days = find_days(sample.days)
    return {
        name: tuple(
            replace(null, wobble=measure_wobble(sample.places[name], days, plans[name].column, null, rows))
            for null in nulls[stand_in]
        )
        for name, stand_in in stand_ins.items()
    }


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
    falls = Falls(places=np.arange(len(counts)), base=counts, marks=_find_marks(plan.column))
    column, drawer = _Column(plan=plan, falls=falls), Multinomial(counts)
    for chunk in draw_chunks(drawer, drawer, rows=rows, seed=seed, repeats=repeats):
        column.measure(chunk)
    return tuple(column.describe())


@dataclass(frozen=True, eq=False, kw_only=True)
class _Column:
    """A column that is being calibrated.

    :param plan: what to calibrate.
    :param falls: where its rows fall.
    :param continuous: no value is missing, and none is held by many rows.
    :param draws: what was measured: arrays for each statistic and size of batch.
    """

    plan: Plan
    falls: Falls
    continuous: bool = False
    draws: dict[tuple[str, int], list[np.ndarray]] = field(default_factory=dict)

    def measure(self, chunk: Chunk) -> None:
        """Measure the batches of a chunk."""
        for statistic, step, values in measure_chunk(
            self.plan.column, self.plan.statistics, self.falls, chunk
        ):
            self.draws.setdefault((statistic, step), []).append(values)

    def describe(self) -> Iterator[Null]:
        """Yield one distribution for each statistic; none where no row has a value."""
        import numpy as np

        filled = int(self.falls.base[1:].sum()) / int(self.falls.base.sum())
        for name in self.plan.statistics:
            share = 1.0 if name == MISSING_SHARE else filled
            if share > 0:
                steps = [np.concatenate(self.draws[name, step]) for step in LADDER]
                yield describe_draws(name, [step * share for step in LADDER], steps)


def _find_stand_ins(columns: Mapping[str, _Column], *, alone: bool) -> dict[str, str]:
    """Return for each column the one whose distributions are its own, too: most often itself.

    For rows that know nothing of each other the distribution of KS is the same whatever is continuous
    (Kolmogorov 1933), so in a wide table most of the work is done once.

    :param columns: all columns.
    :param alone: whether every row is drawn by itself.
    """
    first: dict[tuple[str, ...], str] = {}
    return {
        name: first.setdefault(column.plan.statistics, name)
        if alone and column.continuous and {*column.plan.statistics} <= {KS, MISSING_SHARE}
        else name
        for name, column in columns.items()
    }


def _start(plan: Plan, places: np.ndarray) -> _Column:
    """Return a column with the places that its statistics need.

    The distribution of KS needs no thousand intervals: it is made from about 500 groups of equal mass, which
    understates it by less than a hundredth and takes a quarter of the time. A place that holds as much as
    a group stays by itself, and so do the missing.
    """
    import numpy as np

    base, marks = np.bincount(places, minlength=plan.column.size), _find_marks(plan.column)
    if marks is None or not only_functions(plan.statistics) or len(base) <= _KS_GROUPS:
        return _Column(plan=plan, falls=Falls(places=places, base=base, marks=marks))
    share = base[1:] / len(places)
    group = ((np.cumsum(share) - share / 2) * _KS_GROUPS).astype(np.int64)
    heavy = share >= 1 / _KS_GROUPS
    new = (np.diff(group, prepend=-1) != 0) | heavy | np.append(False, heavy[:-1])
    coarse = np.append(0, np.cumsum(new)).astype(np.int16)
    sums = np.bincount(coarse, weights=base).astype(np.int64)
    weights = base[1:] / np.maximum(sums[coarse[1:]], 1)  # first, or sums of large numbers leave float64
    middles = np.bincount(coarse[1:], weights=weights * marks)[1:]
    return _Column(
        plan=plan,
        falls=Falls(places=coarse[places], base=sums, marks=middles),
        continuous=not base[0] and not heavy.any(),
    )


def _find_marks(column: Column) -> np.ndarray | None:
    """Return what stands for each place of a numeric column, None for a categorical one."""
    return locate(column) if isinstance(column, NumericColumn) else None
