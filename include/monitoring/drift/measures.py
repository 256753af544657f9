"""What a batch comes to in every statistic, with what chance and training's own days explain of it.

What is tolerated in any case is the *wobble* that the days of training had among each other, or a tenth of
the threshold where that is more. Days that lie far apart may be weekdays, and may be drift that the training
data already holds; nobody can tell from the data. So no wobble excuses more than the threshold itself: a
batch that lies beyond the threshold for sure has drifted, whatever training saw. The days of spring in the
flights of 2015 need 0.92 of their threshold to stay quiet against a stormy winter
(``tests/core/monitoring/drift/test_real_drift.py``), so less would take the benefit away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.config.drift_statistics import MEAN_SHIFT, MISSING_SHARE
from include.monitoring.histogram.binning import NumericColumn
from include.monitoring.histogram.distances import measure
from include.monitoring.null.calibrate import Plan, calibrate_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np

    from include.config.monitoring_schema import Drift
    from include.monitoring.histogram.binning import Column
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.null.distribution import Null
    from include.monitoring.profile.profile import Profile

TOLERANCE = 0.1  # part of a threshold that a harmless move may have in any case
MOST_EXCUSED = 1.0  # part of a threshold that the wobble of training's days excuses at most
_POOLS = 2  # the last place of categories that stands for several
_POOLS = 2  # the last place of categories that stands for several
_LEAF, _SELDOM = 20, 0.01  # rows, and part of all rows, of whose values a model has learned nothing
_REPEATS = 400  # for distributions that are not in the profile


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A statistic of one column, before it is judged beside the others.

    :param name: the column; None for the predictions.
    :param null: what the statistic comes to by chance.
    :param effect: what it came to.
    :param threshold: from where on that matters.
    :param rows: rows that it was taken of.
    """

    name: str | None
    null: Null
    effect: float
    threshold: float
    rows: int

    @property
    def bar(self) -> float:
        """The threshold as a distance."""
        return self.null.to_distance(self.threshold)

    @property
    def is_capped(self) -> bool:
        """Whether training's days lie further apart than may be excused."""
        return self.null.wobble > MOST_EXCUSED * self.bar

    @property
    def tolerance(self) -> float:
        """The distance that is tolerated on top of chance."""
        return min(max(self.null.wobble, TOLERANCE * self.bar), MOST_EXCUSED * self.bar)

    @property
    def p_value(self) -> float:
        """How often chance alone gives such an effect, or one larger, beyond what is tolerated."""
        return self.null.survival(self.rows, self.null.to_distance(self.effect) - self.tolerance)


def measure_all(profile: Profile, counts: Counts, limits: Drift) -> Iterator[Measured]:
    """Yield every statistic that there is something to say about.

    :param profile: the champion's profile.
    :param counts: counts of the batch in its places.
    :param limits: ``monitoring.drift`` of ``model.yaml``, which may leave columns out.
    """
    for name, column in profile.columns.items():
        limit = limits.limit_of(name, numeric=isinstance(column, NumericColumn))
        if limit is None:
            continue
        wanted = {limit.statistic: limit.threshold}
        reference, found = profile.reference.columns[name], counts.columns[name]
        if reference[0] or found[0]:
            wanted[MISSING_SHARE] = limit.missing_share
        nulls = profile.nulls.get(name, ())
        yield from _measure_column(
            name, column, reference, found, wanted=wanted, nulls=nulls, seed=profile.seed
        )
    wanted = {limits.numeric.statistic: limits.numeric.threshold, MEAN_SHIFT: limits.prediction_shift}
    yield from _measure_column(
        None,
        profile.predictions,
        profile.reference.predictions,
        counts.predictions,
        wanted=wanted,
        nulls=profile.prediction_nulls,
        seed=profile.seed,
    )


def _measure_column(
    name: str | None,
    column: Column,
    reference: np.ndarray,
    counts: np.ndarray,
    *,
    wanted: Mapping[str, float],
    nulls: Iterable[Null],
    seed: int,
) -> Iterator[Measured]:
    """Yield the statistics of one column; none where either side holds no rows."""
    known = {null.statistic: null for null in nulls}
    lacking = tuple(statistic for statistic in wanted if statistic not in known)
    if not counts.sum() or not reference.sum():
        return
    if lacking:
        plan = Plan(column=column, statistics=lacking)
        known |= {
            null.statistic: null for null in calibrate_counts(plan, reference, seed=seed, repeats=_REPEATS)
        }
    for statistic, threshold in wanted.items():
        null = known.get(statistic)
        if null is not None:
            yield Measured(
                name=name,
                null=null,
                effect=measure(statistic, reference, counts, column),
                threshold=threshold,
                rows=int(counts.sum() if statistic == MISSING_SHARE else counts[1:].sum()),
            )


def knew_one_value(reference: np.ndarray, column: Column) -> bool:
    """Tell whether training knew one value of a column only, the missing counted as one.

    A model can't have learned what another value means: it takes at least as many rows of it as a leaf of
    scikit-learn's trees holds by default, and nothing follows from predictions that do not move.

    :param reference: counts of the training data, shape (places,).
    :param column: the places.
    """
    import numpy as np

    rows, place = int(reference.sum()), int(np.argmax(reference))
    single = place == 0 or (place % 2 == 1 if isinstance(column, NumericColumn) else place > _POOLS)
    return bool(rows and single and rows - int(reference[place]) < min(_LEAF, _SELDOM * rows))
