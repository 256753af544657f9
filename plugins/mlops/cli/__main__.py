"""The command line: ``bin/mlops``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from include.errors import ConfigError, MlopsError

if TYPE_CHECKING:
    from mlops.cli.state import State

_LAST_PORT = 65535


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code.

    :param arguments: without the program's name; those of the process by default.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.talks_to_airflow:
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
    parser.set_defaults(talks_to_airflow=True)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_replay(commands)
    _add_check(commands)
    _add_models(commands)
    _add_ledger(commands)
    _add_alerts(commands)
    _add_quarantine(commands)
    _add_policy(commands)
    return parser


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser(
        "demo", help="start, stop or remove the local demo (make demo, demo-stop, clean-demo)"
    )
    demo.add_argument("action", choices=["up", "stop", "clean"])
    _add_places(demo, state=".state")
    demo.add_argument("--once", action="store_true", help="stop the servers at the end")
    demo.set_defaults(run=_demo, talks_to_airflow=False)


def _add_places(parser: argparse.ArgumentParser, *, state: str) -> None:
    """Add what says where servers keep their state and on which ports they listen."""
    help_text = f"folder for everything local (default: {state})"
    parser.add_argument("--state", type=Path, default=Path(state), help=help_text)
    parser.add_argument(
        "--airflow-port", type=_port, default=8080, help="default: 8080 (make: AIRFLOW_PORT=)"
    )
    parser.add_argument("--mlflow-port", type=_port, default=5000, help="default: 5000 (make: MLFLOW_PORT=)")


def _state(options: argparse.Namespace) -> State:
    """Return the state that the options name."""
    from mlops.cli.state import State

    if options.airflow_port == options.mlflow_port:
        raise ConfigError(f"Airflow and MLflow need two ports, not {options.mlflow_port} for both")
    return State(
        folder=options.state.resolve(), airflow_port=options.airflow_port, mlflow_port=options.mlflow_port
    )


def _port(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; expected 1 to {_LAST_PORT}")
    return int(text)


def _demo(options: argparse.Namespace) -> int:
    from mlops.cli import demo

    state = _state(options)
    if options.action == "up":
        return demo.up(state, once=options.once)
    return demo.down(state) if options.action == "stop" else demo.clean(state)


def _add_replay(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    replay = commands.add_parser(
        "replay", help="live through the example's six months, day by day (make replay)"
    )
    _add_places(replay, state=".replay")
    replay.add_argument("--keep", action="store_true", help="leave the servers up at the end")
    replay.set_defaults(run=_replay, talks_to_airflow=False)


def _replay(options: argparse.Namespace) -> int:
    from mlops.cli.replay import replay

    return replay(_state(options), keep=options.keep)


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check", help="try the connections to MLflow, the data registry and the object store"
    )
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:  # noqa: ARG001 - same signature for all commands
    from mlops.cli.connections import use_connections
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
    from mlops.cli.connections import use_connections
    from mlops.cli.decisions import ledger_table
    from mlops.hooks.ledger import Ledger
    from mlops.hooks.mlflow import MlflowHook

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
    alerts.add_argument("--close", metavar="CAUSE", help="forget this cause: if it is met again, it is told")
    alerts.set_defaults(run=_alerts)


def _alerts(options: argparse.Namespace) -> int:
    from mlops.alerts.markers import Markers
    from mlops.cli.connections import use_connections
    from mlops.cli.decisions import alerts_table

    use_connections()
    markers = Markers(options.model)
    open_causes = dict(markers.open())
    if options.close is None:
        sys.stdout.write(alerts_table(open_causes.items()) + "\n")
        return 0
    if options.close not in open_causes:
        sys.stderr.write(
            f"mlops: {options.close} is not open; `bin/mlops alerts {options.model}` lists what is\n"
        )
        return 1
    markers.close(options.close)
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
    from mlops import places
    from mlops.cli.connections import use_connections
    from mlops.hooks.object_store import ObjectStoreHook

    use_connections()
    store = ObjectStoreHook()
    if options.release is not None:
        place = store.resolve(places.quarantine(options.model, options.release))
        if not place.exists():
            sys.stderr.write(f"mlops: {options.release} is not quarantined\n")
            return 1
        mark = store.require_json(place)
        store.write_json(store.resolve(places.release(options.model, options.release)), mark)
        store.remove(place)
        sys.stdout.write(f"{options.release} released\n")
        return 0
    for found in store.list(store.resolve(places.quarantine(options.model, "*"))):
        mark = store.require_json(store.resolve(places.quarantine(options.model, Path(found).stem)))
        sys.stdout.write(f"{mark['md5']}  {mark['path']}  {mark['summary']}\n")
    return 0


def _add_policy(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    policy = commands.add_parser("policy", help="show what the retraining policy remembers, or reset it")
    policy.add_argument("model")
    policy.add_argument("--reset", action="store_true", help="forget it, with an entry in the ledger")
    policy.add_argument("--yes", action="store_true", help="do not ask")
    policy.set_defaults(run=_policy)


def _policy(options: argparse.Namespace) -> int:
    from mlops.cli.connections import use_connections
    from mlops.cli.policy import RememberedPolicy, airflow_api, policy_table, reset_policy
    from mlops.hooks.ledger import Ledger
    from mlops.hooks.mlflow import MlflowHook

    use_connections()
    kept = RememberedPolicy(airflow_api(), options.model)
    if options.reset:
        return reset_policy(kept, Ledger(MlflowHook(), options.model), options.model, sure=options.yes)
    sys.stdout.write(policy_table(kept.entries()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
