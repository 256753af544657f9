"""``bin/mlops alerts``: what a model is alerting about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import ConfigError
from include.reporting.text_table import text_table
from mlops.alerts.open_alerts import OpenAlerts
from mlops.alerts.send import resolve_one
from mlops.cli.known_models import find_model, require_name
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.alerting.alert import OpenAlert

_HEADS = ("cause", "since", "occurrences", "notified", "what")


def run(model: str, *, close: str | None = None, as_json: bool = False) -> int:
    """List the open alerts of a model, or close one; return the exit code.

    :param model: its name.
    :param close: the digest of a cause, or None.
    :param as_json: whether to print JSON.
    :raises ConfigError: there is no such model, or no such alert is open.
    """
    use_connections()
    open_alerts = OpenAlerts(model, ObjectStoreHook())
    known = dict(open_alerts.all())
    if not known:
        require_name(model)
    if close is None:
        content = [{"cause": digest, **one.to_dict()} for digest, one in known.items()]
        show(as_json, content, lambda: alerts_table(known.items()))
        return 0
    if close not in known:
        raise ConfigError(f"{close} is not open; `bin/mlops alerts {model}` lists what is")
    try:
        resolve_one(find_model(model), open_alerts, close, known[close])
    except ConfigError:  # its folder is gone or wrong, so nobody knows its channels
        open_alerts.resolve(close)
    show(as_json, {"closed": close}, lambda: f"{close} closed")
    return 0


def alerts_table(open_alerts: Iterable[tuple[str, OpenAlert]]) -> str:
    """Return the open alerts as a table, longest open first.

    :param open_alerts: each with the digest of its cause.
    """
    rows = [
        (digest, known.since, str(known.occurrences), ", ".join(known.notified) or "nobody", known.headline)
        for digest, known in sorted(open_alerts, key=lambda alert: alert[1].since)
    ]
    return text_table(_HEADS, rows) if rows else "no alert is open"
