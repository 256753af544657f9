"""What was decided about a model, and what it is alerting about, as tables for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.reporting.text_table import text_table
from mlops.tracking.tags import BY, FROM_VERSION, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from include.alerting.alert import OpenAlert
    from mlops.tracking.ledger import Entry

_LEDGER = ("when", "what", "version", "by", "state", "why")
_ALERTS = ("cause", "since", "occurrences", "notified", "what")


def ledger_table(entries: Iterable[Entry]) -> str:
    """Return the ledger as a table: promotions, rejections, rollbacks and approvals, as they were decided.

    :param entries: in the order of the table.
    """
    return _table(_LEDGER, [_ledger_row(entry) for entry in entries], "nothing has been decided yet")


def alerts_table(open_alerts: Iterable[tuple[str, OpenAlert]]) -> str:
    """Return the open alerts as a table, longest open first.

    :param open_alerts: each with the digest of its cause.
    """
    rows = [
        (digest, known.since, str(known.occurrences), ", ".join(known.notified) or "nobody", known.headline)
        for digest, known in sorted(open_alerts, key=lambda alert: alert[1].since)
    ]
    return _table(_ALERTS, rows, "no alert is open")


def _ledger_row(entry: Entry) -> tuple[str, ...]:
    left, version = entry.tags.get(FROM_VERSION), entry.tags.get(VERSION, "-")
    return (
        f"{datetime.fromtimestamp(entry.time / 1000, UTC):%Y-%m-%d %H:%M:%S}Z",
        "rejection" if entry.kind == "gate" and entry.decision == "reject" else entry.kind,
        f"{left} -> {version}" if left else version,
        entry.tags.get(BY) or "the gate",
        entry.state,
        entry.summary,
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> str:
    return text_table(heads, rows) if rows else nothing
