"""What a batch comes to in every statistic, with what chance and training's own days explain of it.

What is tolerated in any case is the between-day variation of the training data, or a tenth of the threshold
where that is more. Days that lie far apart may be weekdays, and may be drift that the training data already
holds; the data does not show which. So the tolerance never exceeds the threshold itself: a batch that lies
beyond the threshold for sure has drifted, whatever training saw. The days of spring in the flights of 2015
need 0.92 of their threshold to count as free of drift against a stormy winter
(``tests/core/monitoring/drift/test_real_drift.py``), so less would take the benefit away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.config.drift_statistics import STATISTICS
from include.monitoring.histogram.distances import count_rows, measure
from include.monitoring.null.calibrate import Plan, calibrate_counts
from include.monitoring.tasks import MONITORED_TASKS
from include.monitoring.tasks.columns import PREDICTED, probability_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from include.config.monitoring_schema import Drift
    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.null.distribution import NullDistribution
    from include.monitoring.profile.profile import Profile

TOLERANCE = 0.1  # part of a threshold that is tolerated in any case
MOST_TOLERATED = 1.0  # part of a threshold that is tolerated at most, whatever the between-day variation
_LEAF, _SELDOM = 20, 0.01  # rows, and part of all rows, of whose values a model has learned nothing
REPEATS = 400  # for distributions that are not in the profile


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A statistic of one column, before it is evaluated beside the others.

    :param name: the column; ``PREDICTED`` for what is predicted.
    :param null: the null distribution of the statistic.
    :param effect: what it came to.
    :param threshold: from where on that is of practical importance.
    :param rows: rows that it was taken of.
    """

    name: str
    null: NullDistribution
    effect: float
    threshold: float
    rows: int

    @property
    def threshold_distance(self) -> float:
        """The threshold as a distance."""
        return self.null.to_distance(self.threshold)

    @property
    def is_capped(self) -> bool:
        """Whether training's days lie further apart than is tolerated."""
        return self.null.between_day_variation > MOST_TOLERATED * self.threshold_distance

    @property
    def tolerance(self) -> float:
        """The distance that is tolerated on top of chance."""
        limit = self.threshold_distance
        return min(max(self.null.between_day_variation, TOLERANCE * limit), MOST_TOLERATED * limit)

    @property
    def p_value(self) -> float:
        """How often chance alone gives such an effect, or one larger, beyond what is tolerated."""
        return self.null.survival(self.rows, self.null.to_distance(self.effect) - self.tolerance)


def measure_all(profile: Profile, counts: Counts, limits: Drift) -> Iterator[Measured]:
    """Yield every statistic that there is something to say about.

    :param profile: the champion's profile.
    :param counts: counts of the batch in its bins.
    :param limits: ``monitoring.drift`` of ``model.yaml``, which may leave columns out.
    """
    for name, bins in profile.columns.items():
        if not limits.is_left_out(name):
            yield from _Column(
                name=name,
                bins=bins,
                reference=profile.reference.columns[name],
                thresholds=limits.thresholds_of(name, bins.kind),
                nulls=profile.null_distributions.get(name, ()),
                seed=profile.seed,
            ).measure(counts.columns[name])
    task = MONITORED_TASKS[profile.task]
    yield from _Column(
        name=PREDICTED,
        bins=profile.predictions,
        reference=profile.reference.predictions,
        thresholds=task.thresholds(limits),
        nulls=profile.prediction_null_distributions,
        seed=profile.seed,
    ).measure(counts.predictions)
    for name, bins in profile.probabilities.items():
        yield from _Column(
            name=probability_of(name),
            bins=bins,
            reference=profile.reference.probabilities[name],
            thresholds=task.probability_thresholds(limits),
            nulls=profile.probability_null_distributions.get(name, ()),
            seed=profile.seed,
        ).measure(counts.probabilities[name])


@dataclass(frozen=True, eq=False, kw_only=True)
class _Column:
    """A column of a profile, or its predictions, with what is measured of it.

    :param name: the column, or what its predictions are called among the columns.
    :param bins: its bins.
    :param reference: counts of the training data, shape (bins,).
    :param thresholds: the threshold of each statistic.
    :param nulls: the null distributions that the profile holds; what is missing is made from the counts.
    :param seed: seed of what is drawn for that.
    """

    name: str
    bins: Bins
    reference: np.ndarray
    thresholds: Mapping[str, float]
    nulls: Sequence[NullDistribution]
    seed: int

    def measure(self, counts: np.ndarray) -> Iterator[Measured]:
        """Yield the statistics of a batch; none where either side holds no rows.

        :param counts: counts of the batch, shape (bins,).
        """
        if not counts.sum() or not self.reference.sum():
            return
        are_missing = bool(self.reference[0] or counts[0])
        wanted = [one for one in self.thresholds if are_missing or not STATISTICS[one].counts_missing]
        known = self._find_nulls(wanted)
        for statistic in wanted:
            if (null := known.get(statistic)) is not None:
                yield Measured(
                    name=self.name,
                    null=null,
                    effect=measure(statistic, self.reference, counts, self.bins),
                    threshold=self.thresholds[statistic],
                    rows=int(count_rows(statistic, counts)),
                )

    def _find_nulls(self, wanted: Sequence[str]) -> dict[str, NullDistribution]:
        """Return the null distributions of some statistics, where there are any."""
        known = {null.statistic: null for null in self.nulls}
        lacking = tuple(statistic for statistic in wanted if statistic not in known)
        if lacking:
            plan = Plan(bins=self.bins, statistics=lacking)
            made = calibrate_counts(plan, self.reference, seed=self.seed, repeats=REPEATS)
            known |= {null.statistic: null for null in made}
        return known


def was_constant(reference: np.ndarray, bins: Bins) -> bool:
    """Tell whether training saw one value of a column only, the missing counted as one.

    A model can't have learned what another value means: it takes at least as many rows of it as a leaf of
    scikit-learn's trees holds by default, and nothing follows from predictions that do not change.

    :param reference: counts of the training data, shape (bins,).
    :param bins: the column's bins.
    """
    rows, largest = int(reference.sum()), int(np.argmax(reference))
    others = rows - int(reference[largest])
    return bool(rows and bins.holds_one_value(largest) and others < min(_LEAF, _SELDOM * rows))
