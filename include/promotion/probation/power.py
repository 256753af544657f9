"""From which delivery on probation would see a loss: known on the day of the promotion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from include.evaluation.figures import show_gain, show_margin
from include.promotion.probation.bars import POWER_Z, rollback_bar


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What probation can see.

    :param metric: the gate's primary metric.
    :param loss: a loss that matters; in a metric of the target's unit a share of what was displaced.
    :param deliveries: labelled deliveries after which it lasts no longer.
    :param needed: number of the labelled delivery by which the loss is seen with a power of 0.8.
    :param known_on: ISO date on which that delivery's labels are due; empty where that is not known.
    :param smallest: the smallest loss that is seen with this power before probation ends.
    """

    metric: str
    loss: float
    deliveries: int
    needed: int
    known_on: str
    smallest: float

    def to_text(self) -> str:
        """Return it as a sentence of the verdict on a promotion."""
        around = f", around {self.known_on}" if self.known_on else ""
        seen, loss = show_gain(self.metric, self.smallest, ""), show_margin(self.metric, self.loss)
        within = f"probation lasts {self.deliveries} labelled deliveries and sees {seen} or more"
        if self.needed > self.deliveries:
            return (
                f"a loss of {loss} in {self.metric} would take {self.needed} labelled deliveries to "
                f"be seen with a power of 0.8; {within}: raise probation.deliveries to see less"
            )
        return (
            f"a loss of {loss} in {self.metric} would be seen with a power of 0.8 by labelled "
            f"delivery number {self.needed}{around}; {within}"
        )


def count_needed(loss: float, error: float, looks: int) -> int:
    """Return by which labelled delivery a loss falls below the bar with a power of at least 0.8.

    :param loss: mean loss per delivery, above 0.
    :param error: standard error of the gain on one delivery, in the same unit.
    :param looks: the number of looks that the bar is made for.
    :raises ValueError: there is no loss.
    """
    if loss <= 0:
        raise ValueError(f"found a loss of {loss}: expected a number above 0")
    return max(1, math.ceil(((rollback_bar(looks) + POWER_Z) * error / loss) ** 2))


def smallest_loss(error: float, looks: int) -> float:
    """Return the smallest loss per delivery that is seen with a power of 0.8 by the last look.

    :param error: standard error of the gain on one delivery.
    :param looks: the number of looks.
    """
    return (rollback_bar(looks) + POWER_Z) * error / math.sqrt(looks)


def scale_error(error: float, rows: int, per_delivery: float) -> float:
    """Return the standard error on one delivery, from that on a test set.

    :param error: standard error of the gain on the test set.
    :param rows: rows of the test set.
    :param per_delivery: rows of a delivery that both versions score.
    """
    return error * math.sqrt(rows / per_delivery)


def forecast(
    metric: str,
    *,
    loss: float,
    error: float,
    deliveries: int,
    newest: str,
    pace: float | None,
    delay_days: int,
) -> Forecast:
    """Return what probation can see, and when.

    :param metric: the gate's primary metric.
    :param loss: a loss that matters, above 0.
    :param error: standard error of the gain on one delivery.
    :param deliveries: after how many labelled deliveries probation ends.
    :param newest: ISO date of the newest delivery at the promotion.
    :param pace: days from one delivery to the next; None where that is not known.
    :param delay_days: days after which the labels of a delivery are due.
    """
    needed = count_needed(loss, error, deliveries)
    return Forecast(
        metric=metric,
        loss=loss,
        deliveries=deliveries,
        needed=needed,
        known_on="" if pace is None else _due(newest, round(pace * needed) + delay_days),
        smallest=smallest_loss(error, deliveries),
    )


def _due(newest: str, days: int) -> str:
    """Return the date so many days later; empty beyond the calendar."""
    try:
        return (date.fromisoformat(newest) + timedelta(days=days)).isoformat()
    except OverflowError:
        return ""
