"""``python -m demo``: start, stop or remove the local servers, or replay the example (see the Makefile)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from demo import demo, environments
from demo.replay import replay
from demo.state import State
from include.errors import ConfigError, MlopsError
from include.examples.find import USUAL

_LAST_PORT = 65535


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code.

    :param arguments: without the program's name; those of the process by default.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(_state(options), options))
    except MlopsError as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Airflow and MLflow on this machine, with the example in them."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="from nothing to a champion in production (make demo)")
    _add_state(up, folder=".state")
    _add_model(up)
    up.add_argument("--once", action="store_true", help="stop the servers at the end")
    up.set_defaults(run=lambda state, chosen: demo.up(state, once=chosen.once, model=chosen.model))

    stop = commands.add_parser("stop", help="stop the servers (make demo-stop)")
    _add_state(stop, folder=".state")
    stop.set_defaults(run=lambda state, _: demo.down(state))

    clean = commands.add_parser(
        "clean", help="stop the servers and remove the state folder (make clean-demo)"
    )
    _add_state(clean, folder=".state")
    clean.set_defaults(run=lambda state, _: demo.clean(state))

    months = commands.add_parser(
        "replay",
        help="live through a model's past, such as the six months of credit_risk, day by day (make replay)",
    )
    _add_state(months, folder=".replay")
    _add_model(months)
    months.add_argument("--keep", action="store_true", help="leave the servers up at the end")
    months.set_defaults(run=lambda state, chosen: replay(state, keep=chosen.keep, model=chosen.model))
    both = commands.add_parser(
        "environments", help="start staging and production on this machine (make environments)"
    )
    both.add_argument("--stop", action="store_true", help="stop them (make environments-stop)")
    both.set_defaults(run=lambda _, chosen: environments.stop() if chosen.stop else environments.start())
    _add_state(both, folder=".environments")
    return parser


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default=USUAL, help=f"folder of the model (make: MODEL=; {USUAL})")


def _add_state(parser: argparse.ArgumentParser, *, folder: str) -> None:
    """Add the options that say where servers keep their state and on which ports they listen."""
    help_text = f"folder for everything local (default: {folder})"
    parser.add_argument("--state", type=Path, default=Path(folder), help=help_text)
    parser.add_argument(
        "--airflow-port", type=_port, default=8080, help="default: 8080 (make: AIRFLOW_PORT=)"
    )
    parser.add_argument("--mlflow-port", type=_port, default=5000, help="default: 5000 (make: MLFLOW_PORT=)")


def _state(options: argparse.Namespace) -> State:
    """Return the state that the options name."""
    if options.airflow_port == options.mlflow_port:
        raise ConfigError(f"Airflow and MLflow need two ports, not {options.mlflow_port} for both")
    return State(
        folder=options.state.resolve(), airflow_port=options.airflow_port, mlflow_port=options.mlflow_port
    )


def _port(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; expected 1 to {_LAST_PORT}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
