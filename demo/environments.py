"""``make environments``: this machine's embedded environments, each with a store and a server of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from demo import databases, servers
from demo.runs import say
from demo.state import State
from include.errors import ConfigError
from include.examples.find import deliver_all
from mlops.cli.environments_known import find_environment, known_environments
from mlops.cli.in_environment import ask

_START_SECONDS = 240


@dataclass(frozen=True, kw_only=True)
class EmbeddedState(State):
    """The folder of an environment: of the demo's servers it has MLflow alone, and training goes by hand."""

    airflow_port: int = 0

    def commands(self) -> dict[str, list[str]]:
        """Return the command of the MLflow server."""
        return {"mlflow": super().commands()["mlflow"]}


def start() -> int:
    """Start every embedded environment, deliver the examples there, and mark its places.

    An environment whose server runs is left as it is; what an interrupted start has left is finished.

    :raises ConfigError: a port is taken, or a place belongs to another environment.
    """
    embedded = _embedded()
    with ThreadPoolExecutor(len(embedded)) as pool:
        list(pool.map(_start, embedded.values()))
        places = list(pool.map(lambda name: ask(name, "mark", {}), embedded))
    for name, where in zip(embedded, places, strict=True):
        say(f"{name:<12}" + "  ".join(f"{what} {place}" for what, place in where.items()))
    say("Train in one by hand: bin/mlops --environment staging train credit_risk")
    say("Stop both with: make environments-stop")
    return 0


def stop() -> int:
    """Stop the servers of every embedded environment."""
    stopped = [name for name, state in _embedded().items() if state.folder.exists() and servers.stop(state)]
    say(f"Stopped: {', '.join(stopped)}" if stopped else "No environment is running.")
    return 0


def _embedded() -> dict[str, EmbeddedState]:
    """Return the embedded environments by name.

    :raises ConfigError: there is none.
    """
    found = [find_environment(name) for name in known_environments()]
    states = {
        one.name: EmbeddedState(folder=one.state.resolve(), mlflow_port=one.mlflow_port)
        for one in found
        if one.state is not None and one.mlflow_port is not None
    }
    if not states:
        raise ConfigError(
            "No environment of config/environments is embedded: each has servers of its own, which are not "
            "started here."
        )
    return states


def _start(state: EmbeddedState) -> None:
    servers.claim(state)
    deliver_all(state.source)
    if "mlflow" in servers.running(state):
        return
    servers.stop(state)  # what an earlier start has left behind
    try:
        servers.check_ports(state)
    except ConfigError as error:
        raise ConfigError(
            f"Port {state.mlflow_port} on 127.0.0.1 is taken by another program. Stop it, or change "
            f"mlflow_port in the environment's file ({state.folder.name}.yaml in config/environments)."
        ) from error
    if not state.mlflow_database.exists():
        databases.make(state, [state.mlflow_database])
    databases.wait_instead_of_failing(state.mlflow_database)
    servers.start(state, ["mlflow"])
    servers.wait_until("MLflow", lambda: servers.answers(state.mlflow_port), state, _START_SECONDS)
