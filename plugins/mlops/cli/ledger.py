"""``bin/mlops ledger``: what was decided about a model."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.errors import ConfigError
from include.reporting.text_table import text_table
from mlops.cli.local_connections import use_connections
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.tags import BY, FROM_VERSION, VERSION

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from mlops.tracking.ledger import Entry

_HEADS = ("when", "what", "version", "by", "state", "why")


def run(options: argparse.Namespace) -> int:
    """Print the ledger of a model, newest decision first; return the exit code.

    :param options: ``model``.
    :raises ConfigError: there is no decision about such a model.
    """
    sys.stdout.write(ledger_table(open_ledger(options.model).entries()) + "\n")
    return 0


def open_ledger(model: str) -> Ledger:
    """Return the ledger of a model that something was decided about.

    :param model: its name.
    :raises ConfigError: there is no decision about such a model.
    """
    use_connections()
    ledger = Ledger(MlflowHook(), model)
    if not ledger.exists():
        raise ConfigError(
            f"There is no decision about a model {model!r}. `bin/mlops models` lists the models; the first "
            "decision about one is made when its training runs."
        )
    return ledger


def ledger_table(entries: Iterable[Entry]) -> str:
    """Return the ledger as a table: promotions, rejections, rollbacks and approvals, as they were decided.

    :param entries: in the order of the table.
    """
    rows = [_row(entry) for entry in entries]
    return text_table(_HEADS, rows) if rows else "nothing has been decided yet"


def _row(entry: Entry) -> tuple[str, ...]:
    left, version = entry.tags.get(FROM_VERSION), entry.tags.get(VERSION, "-")
    return (
        f"{datetime.fromtimestamp(entry.time / 1000, UTC):%Y-%m-%d %H:%M:%S}Z",
        "rejection" if entry.kind == "gate" and entry.decision == "reject" else entry.kind,
        f"{left} -> {version}" if left else version,
        entry.tags.get(BY) or "the gate",
        entry.state,
        entry.summary,
    )
