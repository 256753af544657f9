"""Make the null distributions of a profile: what each statistic comes to when nothing has changed.

A batch and a reference are drawn from the training data again and again
(:mod:`include.monitoring.null.cluster_sampling`) and measured against each other
(:mod:`include.monitoring.null.simulate`), so that each distribution holds the error of the batch and that of
the reference. What differs between days and not only between rows is kept beside it
(:mod:`include.monitoring.null.day_variation`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from include.config.drift_statistics import STATISTICS
from include.data.weights import relative_weights
from include.monitoring.histogram.distances import DISTANCES
from include.monitoring.null.cluster_sampling import Multinomial, Sample, cluster
from include.monitoring.null.day_variation import find_days, measure_day_variation
from include.monitoring.null.distribution import NullDistribution, describe_draws
from include.monitoring.null.simulate import (
    BATCH_SIZES,
    BinnedRows,
    Chunk,
    are_linear,
    draw_chunks,
    measure_chunk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from include.monitoring.histogram.binning import Bins


REPEATS = 1_000
_KS_GROUPS = 512


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """What to calibrate of one column.

    :param bins: its bins.
    :param statistics: names of the statistics.
    """

    bins: Bins
    statistics: tuple[str, ...]


def calibrate(
    sample: Sample, plans: Mapping[str, Plan], *, rows: int, seed: int, repeats: int = REPEATS
) -> dict[str, tuple[NullDistribution, ...]]:
    """Make the null distributions of all columns from the training data.

    The same sample and seed give the same distributions.

    :param sample: rows of the training data.
    :param plans: what to calibrate; the keys are those of ``sample.bins``.
    :param rows: rows of the whole training data.
    :param seed: seed of all draws.
    :param repeats: pairs of batch and reference.
    :return: for each column one distribution for each of its statistics, in their order.
    """
    if not len(sample.entities):
        return {}
    weights = None if sample.weights is None else relative_weights(sample.weights)
    columns = {name: _start(plan, sample.bins[name], weights) for name, plan in plans.items()}
    deliveries, entities = cluster(sample.days, sample.entities), cluster(sample.entities)
    alike = deliveries.single and entities.single and weights is None
    representatives = _find_representatives(columns, independent=alike)
    measured = {name: columns[name] for name in representatives.values()}
    for chunk in draw_chunks(deliveries, entities, rows=rows, seed=seed, repeats=repeats):
        for column in measured.values():
            column.measure(chunk)
    nulls = {name: tuple(column.describe()) for name, column in measured.items()}
    days = find_days(sample.days, weights)

    def add_day_variation(name: str, null: NullDistribution) -> NullDistribution:
        found = measure_day_variation(sample.bins[name], days, plans[name].bins, null, rows)
        return replace(null, between_day_variation=found)

    return {
        name: tuple(add_day_variation(name, null) for null in nulls[representative])
        for name, representative in representatives.items()
    }


def calibrate_counts(
    plan: Plan, counts: np.ndarray, *, seed: int, repeats: int = REPEATS
) -> tuple[NullDistribution, ...]:
    """Make the null distributions of one column from its counts alone, as if its rows were independent.

    For profiles of the first format, and for a statistic that was not calibrated at training.

    :param plan: what to calibrate.
    :param counts: counts of the reference, shape (bins,).
    :param seed: seed of all draws.
    :param repeats: pairs of batch and reference.
    """
    rows = int(counts.sum())
    if not rows:
        return ()
    binned = BinnedRows(bins=np.arange(len(counts)), base=counts, midpoints=plan.bins.midpoints)
    column, drawer = _Column(plan=plan, rows=binned), Multinomial(counts)
    for chunk in draw_chunks(drawer, drawer, rows=rows, seed=seed, repeats=repeats):
        column.measure(chunk)
    return tuple(column.describe())


@dataclass(frozen=True, eq=False, kw_only=True)
class _Column:
    """A column that is being calibrated.

    :param plan: what to calibrate.
    :param rows: its rows by their bins.
    :param continuous: no value is missing, and none is held by many rows.
    :param draws: what was measured: arrays for each statistic and batch size.
    """

    plan: Plan
    rows: BinnedRows
    continuous: bool = False
    draws: dict[tuple[str, int], list[np.ndarray]] = field(default_factory=dict)

    def measure(self, chunk: Chunk) -> None:
        """Measure the batches of a chunk."""
        for statistic, size, values in measure_chunk(self.plan.bins, self.plan.statistics, self.rows, chunk):
            self.draws.setdefault((statistic, size), []).append(values)

    def describe(self) -> Iterator[NullDistribution]:
        """Yield one distribution for each statistic; none where it is taken of no row."""
        filled = float(self.rows.base[1:].sum()) / float(self.rows.base.sum())
        for name in self.plan.statistics:
            share = 1.0 if STATISTICS[name].counts_missing else filled
            if share > 0:
                draws = [np.concatenate(self.draws[name, size]) for size in BATCH_SIZES]
                yield describe_draws(name, [size * share for size in BATCH_SIZES], draws)


def _find_representatives(columns: Mapping[str, _Column], *, independent: bool) -> dict[str, str]:
    """Return for each column the one whose null distributions it shares: most often itself.

    For independent rows the distribution of KS is the same whatever is continuous (Kolmogorov 1933), so in a
    wide table most of the work is done once.

    :param columns: all columns.
    :param independent: whether every row is drawn by itself, and counts as much as any other.
    """
    first: dict[tuple[str, ...], str] = {}
    return {
        name: first.setdefault(column.plan.statistics, name)
        if independent
        and column.continuous
        and all(DISTANCES[statistic].is_distribution_free for statistic in column.plan.statistics)
        else name
        for name, column in columns.items()
    }


def _start(plan: Plan, bins: np.ndarray, weights: np.ndarray | None) -> _Column:
    """Return a column with the bins that its statistics need.

    The distribution of KS needs no thousand intervals: it is made from about 500 groups of equal mass, which
    understates it by less than a hundredth and takes a quarter of the time. A bin that holds as much as a
    group stays by itself, and so does that of the missing.

    :param plan: what to calibrate.
    :param bins: the bin of each row, shape (n,).
    :param weights: of mean 1, shape (n,); None where all rows count the same.
    """
    base = np.bincount(bins, weights=weights, minlength=plan.bins.size)
    midpoints = plan.bins.midpoints
    if midpoints is None or not are_linear(plan.statistics) or len(base) <= _KS_GROUPS:
        own = BinnedRows(bins=bins, base=base, midpoints=midpoints, weights=weights)
        return _Column(plan=plan, rows=own)
    share = base[1:] / len(bins)
    group = ((np.cumsum(share) - share / 2) * _KS_GROUPS).astype(np.int64)
    heavy = share >= 1 / _KS_GROUPS
    new = (np.diff(group, prepend=-1) != 0) | heavy | np.append(False, heavy[:-1])
    coarse = np.append(0, np.cumsum(new)).astype(np.int16)
    sums = np.bincount(coarse, weights=base).astype(base.dtype)
    least = 1 if weights is None else np.finfo(np.float64).tiny
    parts = base[1:] / np.maximum(sums[coarse[1:]], least)  # first, or sums of large numbers leave float64
    middles = np.bincount(coarse[1:], weights=parts * midpoints)[1:]
    return _Column(
        plan=plan,
        rows=BinnedRows(bins=coarse[bins], base=sums, midpoints=middles, weights=weights),
        continuous=not base[0] and not heavy.any(),
    )
