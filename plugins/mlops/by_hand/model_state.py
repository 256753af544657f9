"""Where a model stands: which version serves since when, what waits, and what was decided last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from include.promotion.alias_plan import CHALLENGER, CHAMPION, MOVES, PREVIOUS_CHAMPION
from mlops.alerts.open_alerts import OpenAlerts
from mlops.by_hand.kept_run import kept_dates
from mlops.by_hand.lock import holder
from mlops.by_hand.serving import read_verdict
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.ledger import EntryState, Ledger
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.tags import FROM_VERSION, VERSION

if TYPE_CHECKING:
    from include.verdicts import Verdict
    from mlops.tracking.ledger import Entry


class ModelState(NamedTuple):
    """Where one model stands.

    :param model: its name.
    :param aliases: alias to version.
    :param since: when the champion began to serve, ISO time in UTC; empty where the ledger has no entry.
    :param decided: the newest decision in one line; empty without one.
    :param open_alerts: how many alerts are open.
    :param unfinished: decisions that are planned and not applied, one line each.
    :param by_hand: as-of date of the newest run by hand; empty without one.
    :param held_by: who works on the model by hand right now; empty if nobody does.
    """

    model: str
    aliases: dict[str, str]
    since: str
    decided: str
    open_alerts: int
    unfinished: tuple[str, ...]
    by_hand: str
    held_by: str

    def row(self) -> tuple[str, ...]:
        """Return it as a row of a table with :data:`HEADS`."""
        shown = (self.aliases.get(alias, "-") for alias in (CHAMPION, CHALLENGER, PREVIOUS_CHAMPION))
        since, alerts = self.since[:10] or "-", str(self.open_alerts)
        return self.model, *shown, since, alerts, self.by_hand or "-", self.decided or "nothing decided yet"


HEADS = ("model", "champion", "challenger", "previous", "since", "alerts", "by hand", "last decision")


def find_state(model: str) -> ModelState:
    """Return where a model stands.

    :param model: its name.
    """
    hook, store = MlflowHook(), ObjectStoreHook()
    ledger, aliases = Ledger(hook, model), ModelRegistry(hook, model).aliases()
    entries = ledger.entries() if ledger.exists() else []
    moves = [
        one
        for one in entries
        if one.kind in MOVES and one.applied and one.tags.get(VERSION) == aliases.get(CHAMPION)
    ]
    planned = [one for one in entries if one.state is EntryState.PLANNED]
    dates = kept_dates(store, model)
    return ModelState(
        model=model,
        aliases=aliases,
        since=_time(moves[0]) if moves else "",
        decided=f"{entries[0].kind}: {entries[0].summary}" if entries else "",
        open_alerts=len(OpenAlerts(model, store).all()),
        unfinished=tuple(f"{one.kind} {one.decision_id}, planned {_time(one)}" for one in planned),
        by_hand=dates[-1] if dates else "",
        held_by=holder(store, model),
    )


class Decided(NamedTuple):
    """A decision and why it was made.

    :param entry: its line of the ledger.
    :param verdict: the verdict; None while the decision is not applied.
    """

    entry: Entry
    verdict: Verdict | None

    def to_text(self) -> str:
        """Return it for a terminal."""
        head = f"{_time(self.entry)}  {self.entry.kind}, {self.entry.state}"
        said = self.verdict.to_text() if self.verdict else f"{self.entry.summary} (not applied)"
        return f"{head}\n{said}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "time": _time(self.entry), "decision_id": self.entry.decision_id, "state": self.entry.state,
            "kind": self.entry.kind, "version": self.entry.tags.get(VERSION),
            "summary": self.entry.summary, "verdict": self.verdict.to_dict() if self.verdict else None,
        }  # fmt: skip


def last_decisions(model: str, *, version: str | None, kind: str | None, number: int) -> list[Decided]:
    """Return the newest decisions about a model, with their verdicts.

    :param model: its name.
    :param version: only those about this version, also rollbacks from it.
    :param kind: only those of this kind.
    :param number: how many at most.
    """
    ledger = Ledger(MlflowHook(), model)
    found = [
        one
        for one in (ledger.entries() if ledger.exists() else [])
        if version in {None, one.tags.get(VERSION), one.tags.get(FROM_VERSION)} and kind in {None, one.kind}
    ]
    return [
        Decided(one, read_verdict(ledger.hook, one.run_id) if one.applied else None) for one in found[:number]
    ]


def _time(entry: Entry) -> str:
    return f"{datetime.fromtimestamp(entry.time / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
