"""``bin/mlops alerts``: what a model is alerting about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from include.reporting.text_table import text_table
from mlops.alerts.open_alerts import OpenAlerts
from mlops.cli.local_connections import use_connections
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from include.alerting.alert import OpenAlert

_HEADS = ("cause", "since", "occurrences", "notified", "what")


def run(options: argparse.Namespace) -> int:
    """List the open alerts of a model, or close one; return the exit code.

    :param options: ``model``, and ``close``: the digest of a cause, or None.
    """
    use_connections()
    open_alerts = OpenAlerts(options.model, ObjectStoreHook())
    known = dict(open_alerts.all())
    if options.close is None:
        sys.stdout.write(alerts_table(known.items()) + "\n")
        return 0
    if options.close not in known:
        sys.stderr.write(
            f"mlops: {options.close} is not open; `bin/mlops alerts {options.model}` lists what is\n"
        )
        return 1
    open_alerts.resolve(options.close)
    sys.stdout.write(f"{options.close} closed\n")
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
