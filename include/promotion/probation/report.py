"""Accounts as people read them: a table, and a verdict for days on which nothing is on probation."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from include.evaluation.figures import show_gain
from include.promotion.probation.promotions import PromotionState
from include.reporting.text_table import text_table
from include.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.promotion.probation.account import Account
    from include.promotion.probation.promotions import PromotionLife
    from include.promotion.probation.year_total import YearTotal

HEADS = ("promoted", "version", "promised", "delivered", "deliveries", "regret", "training", "stands")
_YEAR_HEADS = ("year", "metric", "promotions", "compared", "promised", "delivered", "regret", "training")
_NOTHING = "-"
NOTE = (
    "promised: the gate's gain, which is too high on average because it was selected; delivered: over the "
    "version that was displaced, on deliveries since; regret: what that version would have gained, in metric "
    "times deliveries"
)


def accounts_table(accounts: Iterable[Account]) -> str:
    """Return accounts as a table.

    :param accounts: in the order of the table.
    """
    return text_table(HEADS, [account_cells(one) for one in accounts])


def years_table(totals: Iterable[YearTotal]) -> str:
    """Return the totals of the years as a table.

    :param totals: in the order of the table.
    """
    return text_table(
        _YEAR_HEADS,
        [
            (
                one.year or "unknown",
                one.metric,
                str(one.promotions),
                str(one.compared),
                show_gain(one.metric, one.promised),
                show_gain(one.metric, one.delivered),
                show_gain(one.metric, one.regret, ""),
                _seconds(one.wall_seconds, one.cpu_seconds),
            )
            for one in totals
        ],
    )


def totals_to_plain(total: YearTotal) -> dict[str, Any]:
    """Return the totals of a year as JSON values."""
    return dataclasses.asdict(total)


def account_cells(account: Account) -> tuple[str, ...]:
    """Return the cells of an account, in the order of :data:`HEADS`."""
    delivered, cost, promised = account.delivered, account.cost, account.promised
    displaced = f"{account.displaced} -> " if account.displaced else ""
    rows = f", {cost.rows:,} rows" if cost.rows is not None else ""
    unit = f" {promised.metric}" if promised and promised.metric != account.metric else ""
    return (
        account.promoted or "unknown",
        f"{displaced}{account.version}",
        f"{show_found(promised.metric, promised.gain)}{unit}" if promised else _NOTHING,
        f"{show_found(account.metric, delivered.gain)} {account.metric}" if delivered else _NOTHING,
        _count(account),
        show_gain(account.metric, delivered.regret, "") if delivered else _NOTHING,
        f"{_seconds(cost.wall_seconds, cost.cpu_seconds)}{rows}",
        f"{account.state}: {account.why}" if account.why else account.state,
    )


def show_found(metric: str, found: ConfidenceInterval) -> str:
    """Return a gain with its interval, or without one where it has none.

    :param metric: the metric.
    :param found: both.
    """
    value, low, high = (show_gain(metric, one) for one in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}]" if math.isfinite(found.value) and math.isfinite(found.low) else value


def _count(account: Account) -> str:
    """Return how many deliveries were compared, and what became of the others."""
    compared = account.delivered.deliveries if account.delivered else 0
    others = {"waiting": account.waiting, "without labels": account.overdue, "not paired": account.unpaired}
    return ", ".join([str(compared), *(f"{count} {what}" for what, count in others.items() if count)])


def _seconds(wall: float | None, cpu: float | None) -> str:
    """Return what a training took."""
    shown = [f"{value:.0f} s {what}" for value, what in ((wall, "wall"), (cpu, "CPU")) if value is not None]
    return ", ".join(shown) or "unknown"


def idle_verdict(model: str, lives: Sequence[PromotionLife]) -> Verdict:
    """Return the verdict of a day on which nothing is on probation.

    :param model: the model's name.
    :param lives: every promotion, newest first.
    """
    if not lives:
        why = "nothing was promoted yet"
    else:
        newest = lives[0]
        ended = f" by decision {newest.ended_by}" if newest.ended_by else ""
        after = {
            PromotionState.FIRST: "it displaced no version to compare it with",
            PromotionState.OFF: "probation is off in model.yaml",
            PromotionState.MOVED: "the alias champion was moved by hand since",
        }.get(newest.state, f"its probation has ended: {newest.state}{ended}")
        why = f"the newest promotion is version {newest.move.version}: {after}"
    return Verdict(kind="probation", decision="none", subject=model, summary=why)
