"""What a promotion promises, and from which delivery on probation would see that it fails."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

from include.config.schedule import days_between
from include.evaluation.interval import standard_error
from include.promotion.probation.account import Promise
from include.promotion.probation.power import forecast, scale_error

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.data.dataset_record import Dataset
    from include.evaluation.record import Evaluation
    from include.promotion.probation.power import Forecast


def find_promise(evaluation: Evaluation) -> Promise | None:
    """Return what the gate found about a candidate; None where there was no champion to compare it with.

    :param evaluation: candidate and champion on the test set.
    """
    gain = (evaluation.gains or {}).get(evaluation.primary)
    if gain is None or not math.isfinite(gain.value):
        return None
    return Promise(metric=evaluation.primary, gain=gain, rows=evaluation.rows)


def find_forecast(evaluation: Evaluation, dataset: Dataset, config: ModelConfig) -> Forecast | None:
    """Return what probation will be able to see; None without a probation, or where nothing can be said.

    The loss that matters is ``monitoring.performance.max_drop``, or twice ``probation.max_loss`` where that
    is more. The standard error on a delivery follows from the test set's, by the rows of a delivery, at most
    those that the displaced version scores.

    :param evaluation: candidate and champion on the test set.
    :param dataset: the dataset that both were evaluated on.
    :param config: the model's configuration.
    """
    settings, bucketed = config.probation, (evaluation.bucketed or {}).get(evaluation.primary)
    known = [seen for seen in dataset.coverage if seen.labelled]
    if settings is None or bucketed is None or not known:
        return None
    error = standard_error(bucketed)
    if not error > 0:
        return None
    rows = min(sum(seen.labelled for seen in known) / len(known), settings.rows)
    days = sorted({*(seen.partition for seen in dataset.coverage), *dataset.test_partitions})
    return forecast(
        evaluation.primary,
        loss=max(config.monitoring.performance.max_drop, 2 * settings.max_loss),
        error=scale_error(error, bucketed.rows, rows),
        deliveries=settings.deliveries,
        newest=days[-1],
        pace=_pace(days) or days_between(config.schedule),
        delay_days=config.target.days_until_known,
    )


def _pace(days: list[str]) -> float | None:
    """Return the days between two deliveries, on average; None for a single one."""
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    return (last - first).days / (len(days) - 1) if len(days) > 1 else None
