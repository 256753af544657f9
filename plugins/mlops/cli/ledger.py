"""``bin/mlops ledger``: what was decided about a model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from include.errors import ConfigError
from include.reporting.text_table import text_table
from mlops.cli.known_models import require_name
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.tags import BY, FROM_VERSION, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlops.tracking.ledger import Entry

_HEADS = ("when", "what", "version", "by", "state", "why")


def run(model: str, *, as_json: bool = False) -> int:
    """Print the ledger of a model, newest decision first; return the exit code.

    :param model: its name.
    :param as_json: whether to print JSON.
    :raises ConfigError: there is no decision about such a model.
    """
    entries = open_ledger(model).entries()
    show(as_json, [entry_to_plain(one) for one in entries], lambda: ledger_table(entries))
    return 0


def open_ledger(model: str) -> Ledger:
    """Return the ledger of a model that something was decided about.

    :param model: its name.
    :raises ConfigError: there is no decision about such a model.
    """
    use_connections()
    ledger = Ledger(MlflowHook(), model)
    if not ledger.exists():
        require_name(model)
        raise ConfigError(
            f"There is no decision about a model {model!r} yet. The first one is made when its training runs."
        )
    return ledger


def ledger_table(entries: Iterable[Entry]) -> str:
    """Return the ledger as a table: promotions, rejections, rollbacks and approvals, as they were decided.

    :param entries: in the order of the table.
    """
    rows = [_row(entry) for entry in entries]
    return text_table(_HEADS, rows) if rows else "nothing has been decided yet"


def entry_to_plain(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON: what the table shows, and how it is found.

    :param entry: a line of the ledger.
    """
    return {
        "decision_id": entry.decision_id,
        "time": f"{_time(entry)}Z".replace(" ", "T"),
        "kind": _kind(entry),
        "decision": entry.decision,
        "version": entry.tags.get(VERSION),
        "from_version": entry.tags.get(FROM_VERSION),
        "by": entry.tags.get(BY) or "the gate",
        "decided_in": entry.decided_by,
        "state": entry.state,
        "summary": entry.summary,
        "plan": entry.plan,
        "mlflow_run": entry.run_id,
    }


def _row(entry: Entry) -> tuple[str, ...]:
    left, version = entry.tags.get(FROM_VERSION), entry.tags.get(VERSION, "-")
    return (
        f"{_time(entry)}Z",
        _kind(entry),
        f"{left} -> {version}" if left else version,
        entry.tags.get(BY) or "the gate",
        entry.state,
        entry.summary,
    )


def _time(entry: Entry) -> str:
    return f"{datetime.fromtimestamp(entry.time / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def _kind(entry: Entry) -> str:
    return "rejection" if entry.kind == "gate" and entry.decision == "reject" else entry.kind
