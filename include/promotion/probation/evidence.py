"""The evidence of probation: the sum of paired gains over deliveries, and how far it is from nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.evaluation.buckets import BucketedGain, add_up
from include.evaluation.interval import bucketed_interval, standard_error, z_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.promotion.probation.record import PairedDelivery

FEWEST_OF_A_CLASS = 10
LEARNED_FROM = 12  # earlier deliveries from which the design effect counts as known


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The deliveries so far, added up.

    :param gain: gain of the promoted over the displaced version, each row weighing the same.
    :param looks: number of deliveries.
    :param positives: rows of class 1; None where there are not two classes.
    :param design_effect: what the sampling variance is multiplied by.
    """

    gain: BucketedGain
    looks: int
    positives: int | None
    design_effect: float = 1.0

    @property
    def inflated(self) -> BucketedGain:
        """The gain with bucket sums whose variance includes the design effect."""
        return BucketedGain(
            rows=self.gain.rows,
            total=self.gain.total,
            sums=self.gain.sums * math.sqrt(self.design_effect),
        )

    @property
    def loss(self) -> float:
        """Mean loss per row, in the unit of the metric: above 0 the displaced version was better."""
        return -self.gain.value

    @property
    def error(self) -> float:
        """Standard error of the gain; 0 where the versions predict alike."""
        return standard_error(self.inflated)

    @property
    def z(self) -> float:
        """The gain in standard errors, as a normal quantile; 0 where it has no standard error."""
        return z_value(self.inflated) if self.error > 0 else 0.0

    @property
    def scarce(self) -> bool:
        """Whether there are so few rows, or rows of a class, that nothing can be told."""
        if self.positives is None:
            return self.gain.rows < 2 * FEWEST_OF_A_CLASS
        return min(self.positives, self.gain.rows - self.positives) < FEWEST_OF_A_CLASS

    def interval(self, confidence: float) -> ConfidenceInterval:
        """Return the gain with its confidence interval."""
        return bucketed_interval(self.inflated, confidence)


def add_one_by_one(deliveries: Iterable[PairedDelivery], design_effect: float = 1.0) -> Iterator[Evidence]:
    """Yield the evidence after each measured delivery.

    :param deliveries: those that were measured, in the order in which they are looked at.
    :param design_effect: what the sampling variance is multiplied by.
    """
    gain, looks = add_up(()), 0
    positives: int | None = 0
    for one in deliveries:
        if one.gain is None:
            continue
        gain, looks = gain + one.gain, looks + 1
        positives = None if positives is None or one.positives is None else positives + one.positives
        yield Evidence(gain=gain, looks=looks, positives=positives, design_effect=design_effect)


def add_deliveries(deliveries: Iterable[PairedDelivery], design_effect: float = 1.0) -> Evidence | None:
    """Return the evidence of all measured deliveries; None without any. Parameters as above."""
    return next(iter(reversed(list(add_one_by_one(deliveries, design_effect)))), None)


@dataclass(frozen=True, kw_only=True)
class Scatter:
    """How far the deliveries of one promotion lie apart, in units of what chance explains.

    :param deliveries: how many were compared.
    :param squares: sum of the squared deviations from their mean, each divided by the sampling variance.
    """

    deliveries: int
    squares: float


NO_SCATTER = Scatter(deliveries=0, squares=0.0)


def measure_scatter(deliveries: Sequence[PairedDelivery]) -> Scatter:
    """Return how far measured deliveries lie apart.

    The mean weighs each by its precision, so the squares are chi-squared with one degree of freedom less than
    deliveries when only chance parts them (Cochran 1954, "The combination of estimates from different
    experiments", Biometrics 10).

    :param deliveries: those of one promotion.
    """
    found = [(one.gain.value, standard_error(one.gain)) for one in deliveries if one.gain is not None]
    found = [(gain, error) for gain, error in found if error > 0]
    if not found:
        return NO_SCATTER
    weights = [1 / error**2 for _, error in found]
    mean = sum(weight * gain for weight, (gain, _) in zip(weights, found, strict=True)) / sum(weights)
    squares = sum(weight * (gain - mean) ** 2 for weight, (gain, _) in zip(weights, found, strict=True))
    return Scatter(deliveries=len(found), squares=squares)


def design_effect(earlier: Iterable[Scatter]) -> float | None:
    """Return the variance between deliveries over the one that chance explains, never below 1.

    A day that suits one model moves all of its rows together, which no interval of one delivery can show. So
    it is learned from the deliveries of earlier promotions (Kish 1965, "Survey Sampling").

    :param earlier: the scatter of earlier promotions' deliveries.
    :return: None while they are fewer than :data:`LEARNED_FROM`.
    """
    known = [one for one in earlier if one.deliveries > 1]
    if sum(one.deliveries for one in known) < LEARNED_FROM:
        return None
    freedom = sum(one.deliveries - 1 for one in known)
    return max(1.0, sum(one.squares for one in known) / freedom)
