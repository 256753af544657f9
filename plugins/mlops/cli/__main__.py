"""The command line: ``bin/mlops``. Each command is a module of this package with a function ``run``."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from importlib import import_module

from include.errors import MlopsError
from mlops.cli.new_model_options import add_options

_WITHOUT_AIRFLOW = {"new-model"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code.

    :param arguments: without the program's name; those of the process by default.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command not in _WITHOUT_AIRFLOW:
            # Importing Airflow takes seconds, which `--help` need not wait for, and sets logging up.
            import_module("mlops.cli.airflow_logs").log_to_stderr()
        return int(import_module(f"mlops.cli.{options.command.replace('-', '_')}").run(options))
    except MlopsError as error:
        sys.stderr.write(f"mlops: {error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mlops", description="Keep a team's machine-learning models current."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    commands.add_parser("check", help="try the connections to MLflow, the data registry and the object store")
    commands.add_parser("models", help="list the model folders and check their configuration")
    views = commands.add_parser(
        "views", help="list the feature views: who uses them, how new, what rows lack"
    )
    views.add_argument("--json", action="store_true", help="print JSON")
    add_options(commands.add_parser("new-model", help="look at a table and write a model folder that runs"))
    ledger = commands.add_parser("ledger", help="show every decision about a model, newest first")
    account = commands.add_parser(
        "account", help="show what each promotion promised, delivered and cost, newest first"
    )
    account.add_argument("--json", action="store_true", help="print JSON")
    alerts = commands.add_parser("alerts", help="list the open alerts of a model, or close one")
    alerts.add_argument(
        "--close",
        metavar="CAUSE",
        help="close this alert: if its cause occurs again, people are notified again",
    )
    quarantine = commands.add_parser(
        "quarantine", help="list or release snapshots that failed their contract"
    )
    quarantine.add_argument(
        "--release", metavar="MD5", help="let this snapshot be used under the contract as it is now"
    )
    policy = commands.add_parser("policy", help="show what the retraining policy remembers, or reset it")
    policy.add_argument("--reset", action="store_true", help="clear it, with an entry in the ledger")
    policy.add_argument("--yes", action="store_true", help="do not ask")
    replay = commands.add_parser(
        "replay", help="show what would have been decided in the past, also under other settings"
    )
    _add_replay(replay)
    backfill = commands.add_parser(
        "backfill", help="score and watch the past deliveries of a model, in order"
    )
    backfill.add_argument(
        "--from", dest="since", type=_date, metavar="DATE", help="the first day; by default all"
    )
    backfill.add_argument("--to", dest="until", type=_date, metavar="DATE", help="the last day")
    backfill.add_argument(
        "--dry-run", action="store_true", help="only list the days and what is done of them"
    )
    for command in (ledger, account, alerts, quarantine, policy, replay, backfill):
        command.add_argument("model")
    return parser


def _date(text: str) -> str:
    """Return an ISO date as it was given."""
    try:
        found = date.fromisoformat(text).isoformat()
    except ValueError:
        found = ""
    if found != text:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; expected one such as 2005-08-31")
    return text


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument("--from", dest="since", type=_date, metavar="DATE", help="the first day that counts")
    replay.add_argument("--to", dest="until", type=_date, metavar="DATE", help="the last day")
    replay.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE,...",
        help="a key of model.yaml and the values to try; several give all combinations",
    )
    replay.add_argument(
        "--training",
        choices=("recorded", "first", "always"),
        default="recorded",
        help="when the training DAG runs: as it did live, until there is a champion, or every day",
    )
    replay.add_argument(
        "--check", action="store_true", help="compare with what the live system decided, day by day"
    )
    replay.add_argument("--json", action="store_true", help="print JSON")
    replay.add_argument("--output", metavar="FOLDER", help="write a page with a picture there")
    replay.add_argument("--workers", type=int, default=2, metavar="N", help="processes (2)")
    replay.add_argument(
        "--cache",
        default="~/.cache/mlops/replay",
        metavar="FOLDER",
        help="where models and snapshots are kept; may be deleted (~/.cache/mlops/replay)",
    )


if __name__ == "__main__":
    sys.exit(main())
