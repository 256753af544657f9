"""The command line: ``bin/mlops``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from include.errors import ConfigError, MlopsError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code.

    :param arguments: without the program's name; those of the process by default.
    """
    options = _parser().parse_args(arguments)
    try:
        from mlops.cli.airflow_logs import log_to_stderr

        log_to_stderr()
        return int(options.run(options))
    except MlopsError as error:
        sys.stderr.write(f"mlops: {error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mlops", description="Keep a team's machine-learning models current."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_check(commands)
    _add_models(commands)
    _add_ledger(commands)
    _add_alerts(commands)
    _add_quarantine(commands)
    _add_policy(commands)
    return parser


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check", help="try the connections to MLflow, the data registry and the object store"
    )
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:  # noqa: ARG001 - same signature for all commands
    from mlops.cli.local_connections import use_connections
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

    use_connections()
    failed = 0
    for hook in (MlflowHook(), DataRegistryHook(), ObjectStoreHook()):
        passed, message = hook.test_connection()
        failed += not passed
        sys.stdout.write(f"{'ok ' if passed else 'NO '} {hook.conn_id}: {message}{os.linesep}")
    return int(failed > 0)


def _add_models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    models = commands.add_parser("models", help="list the model folders and check their configuration")
    models.set_defaults(run=_models)


def _models(options: argparse.Namespace) -> int:  # noqa: ARG001 - same signature for all commands
    from include.config.load import model_folders
    from mlops.cli.models import check_model
    from mlops.run_context import MODELS_ROOT

    outcomes = [check_model(folder) for folder in model_folders(MODELS_ROOT)]
    for outcome in outcomes:
        sys.stdout.write(outcome.text + "\n")
    return int(any(outcome.failed for outcome in outcomes))


def _add_ledger(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ledger = commands.add_parser("ledger", help="show every decision about a model, newest first")
    ledger.add_argument("model")
    ledger.set_defaults(run=_ledger)


def _ledger(options: argparse.Namespace) -> int:
    from mlops.cli.decisions import ledger_table
    from mlops.cli.local_connections import use_connections
    from mlops.hooks.mlflow import MlflowHook
    from mlops.tracking.ledger import Ledger

    use_connections()
    ledger = Ledger(MlflowHook(), options.model)
    if not ledger.exists():
        raise ConfigError(
            f"There is no decision about a model {options.model!r}. `bin/mlops models` lists the models; the "
            "first decision about one is made when its training runs."
        )
    sys.stdout.write(ledger_table(ledger.entries()) + "\n")
    return 0


def _add_alerts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    alerts = commands.add_parser("alerts", help="list what a model is alerting about, or close it")
    alerts.add_argument("model")
    alerts.add_argument(
        "--close",
        metavar="CAUSE",
        help="close this alert: if its cause occurs again, people are notified again",
    )
    alerts.set_defaults(run=_alerts)


def _alerts(options: argparse.Namespace) -> int:
    from mlops.alerts.open_alerts import OpenAlerts
    from mlops.cli.decisions import alerts_table
    from mlops.cli.local_connections import use_connections
    from mlops.hooks.object_store import ObjectStoreHook

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


def _add_quarantine(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    quarantine = commands.add_parser(
        "quarantine", help="list or release snapshots that failed their contract"
    )
    quarantine.add_argument("model")
    quarantine.add_argument(
        "--release", metavar="MD5", help="let this snapshot be used under the contract as it is now"
    )
    quarantine.set_defaults(run=_quarantine)


def _quarantine(options: argparse.Namespace) -> int:
    from mlops import object_keys
    from mlops.cli.local_connections import use_connections
    from mlops.hooks.object_store import ObjectStoreHook

    use_connections()
    store = ObjectStoreHook()
    if options.release is not None:
        place = store.resolve(object_keys.quarantine(options.model, options.release))
        if not place.exists():
            sys.stderr.write(f"mlops: {options.release} is not quarantined\n")
            return 1
        mark = store.require_json(place)
        store.write_json(store.resolve(object_keys.release(options.model, options.release)), mark)
        store.remove(place)
        sys.stdout.write(f"{options.release} released\n")
        return 0
    for found in store.list(store.resolve(object_keys.quarantine(options.model, "*"))):
        mark = store.require_json(store.resolve(object_keys.quarantine(options.model, Path(found).stem)))
        sys.stdout.write(f"{mark['md5']}  {mark['path']}  {mark['summary']}\n")
    return 0


def _add_policy(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    policy = commands.add_parser("policy", help="show what the retraining policy remembers, or reset it")
    policy.add_argument("model")
    policy.add_argument("--reset", action="store_true", help="forget it, with an entry in the ledger")
    policy.add_argument("--yes", action="store_true", help="do not ask")
    policy.set_defaults(run=_policy)


def _policy(options: argparse.Namespace) -> int:
    from mlops.cli.local_connections import use_connections
    from mlops.cli.policy import RememberedPolicy, airflow_api, policy_table, reset_policy
    from mlops.hooks.mlflow import MlflowHook
    from mlops.tracking.ledger import Ledger

    use_connections()
    kept = RememberedPolicy(airflow_api(), options.model)
    if options.reset:
        return reset_policy(kept, Ledger(MlflowHook(), options.model), options.model, sure=options.yes)
    sys.stdout.write(policy_table(kept.entries()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
