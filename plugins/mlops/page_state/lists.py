"""What grows by a line at a time: decisions, columns over the deliveries, accounts of promotions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.pages.accounts import PageAccounts
from include.pages.columns import ColumnDays
from include.pages.decisions import Decided, Decisions
from include.promotion.alias_plan import MOVES
from mlops.page_state.keys import ACCOUNTS, COLUMNS, decisions_key
from mlops.page_state.task_notes import known

if TYPE_CHECKING:
    from mlops.page_state.task_notes import TaskNotes, Values

# Kinds that the ledger's excerpt has, and the decisions that leave everything as it is and are left out.
_LEFT_OUT: dict[str, set[str]] = {
    "gate": set(), "promotion": set(), "rollback": set(), "policy": {"wait"},
    "probation": {"none", "continue"}, "approval": set(), "rejection": set(),
    "release": set(), "acknowledgement": set(),
}  # fmt: skip


def leave_decisions(values: Values, task: TaskNotes) -> None:
    """Leave a decision that changed or refused something, beside those before.

    :param values: the asset's state.
    :param task: what it has noted.
    """
    verdict = task.verdict
    if verdict is None or verdict.kind not in _LEFT_OUT or verdict.decision in _LEFT_OUT[verdict.kind]:
        return
    decided = Decided(
        at=datetime.now(UTC).isoformat(timespec="seconds"), as_of=task.as_of, decision=verdict.decision,
        subject=verdict.subject, summary=verdict.summary, place=task.place,
        by=str(verdict.inputs.get("by") or ""),
        version=str(task.result.get("version", "")) if verdict.kind in MOVES else "",
    )  # fmt: skip
    key = decisions_key(verdict.kind)
    earlier = known(values, key, Decisions)
    values.set(key, Decisions(decided=(decided,)).after(earlier.decided if earlier else ()).to_dict())


def leave_columns(values: Values, task: TaskNotes) -> None:
    """Leave how far each column had drifted in a delivery.

    :param values: the asset's state.
    :param task: what it has noted: ``drift`` is the report of a check for drift.
    """
    if (report := task.noted.get("drift")) is None:
        return
    columns = ColumnDays.of(report, task.result["partition"])
    earlier = known(values, COLUMNS, ColumnDays)
    if earlier is not None and earlier.days and earlier.days[-1].day > columns.days[0].day:
        return  # a backfill looks at the past, and the page at the present
    values.set(COLUMNS, (columns.after(earlier) if earlier else columns).to_dict())


def leave_accounts(values: Values, task: TaskNotes) -> None:
    """Leave the accounts of promotions that have changed.

    :param values: the asset's state.
    :param task: what it has noted: ``accounts`` are those that have changed.
    """
    if not (accounts := task.noted.get("accounts")):
        return
    found, earlier = PageAccounts.of(accounts), known(values, ACCOUNTS, PageAccounts)
    values.set(ACCOUNTS, (found.after(earlier) if earlier else found).to_dict())
