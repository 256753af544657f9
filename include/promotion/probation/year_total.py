"""The accounts of a year's promotions, added up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from include.promotion.probation.account import Account


@dataclass(frozen=True, kw_only=True)
class YearTotal:
    """All promotions of a year.

    :param year: of their as-of dates; empty where that is not known.
    :param metric: the metric of the gains.
    :param promotions: how many.
    :param compared: those of which something was delivered.
    :param promised: their promised gains added up, of those that were compared.
    :param delivered: their delivered gains added up.
    :param regret: in metric times deliveries.
    :param wall_seconds: of all trainings.
    :param cpu_seconds: of all trainings.
    """

    year: str
    metric: str
    promotions: int
    compared: int
    promised: float
    delivered: float
    regret: float
    wall_seconds: float
    cpu_seconds: float


def total_by_year(accounts: Iterable[Account]) -> list[YearTotal]:
    """Return the totals of each year and metric, newest first, over the promotions that were compared.

    :param accounts: of one model.
    """
    found: dict[tuple[str, str], list[Account]] = {}
    for one in accounts:
        found.setdefault((one.promoted[:4], one.metric), []).append(one)
    return [_total(*key, found[key]) for key in sorted(found, reverse=True)]


def _total(year: str, metric: str, accounts: Sequence[Account]) -> YearTotal:
    both = [(one.promised, one.delivered) for one in accounts if one.delivered is not None]
    promised = [one.gain.value for one, _ in both if one is not None and one.metric == metric]
    return YearTotal(
        year=year,
        metric=metric,
        promotions=len(accounts),
        compared=len(both),
        promised=sum(value for value in promised if math.isfinite(value)),
        delivered=sum(delivered.gain.value for _, delivered in both),
        regret=sum(delivered.regret for _, delivered in both),
        wall_seconds=sum(one.cost.wall_seconds or 0.0 for one in accounts),
        cpu_seconds=sum(one.cost.cpu_seconds or 0.0 for one in accounts),
    )
