"""The demo's servers: MLflow and the four parts of Airflow, all on 127.0.0.1, all below one state folder."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

import psutil

from include.errors import ConfigError, InfrastructureError
from include.strict_json import to_json
from mlops.cli.local_connections import HOST, MARKER
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo.state import State

_STOP_SECONDS = 20
_SERVER = "MLOPS_SERVER"  # in the environment of each server and of all that it starts


def claim(state: State) -> None:
    """Make the state folder, or accept one that an earlier demo made.

    :raises ConfigError: the folder holds something else, or can't be made.
    """
    elsewhere = "choose another place: make demo STATE=/another/folder"
    try:
        if state.folder.exists() and not (state.folder / MARKER).exists() and any(state.folder.iterdir()):
            raise ConfigError(
                f"{state.folder} exists, is not empty, and was not made by `make demo`. Move it away, or "
                f"{elsewhere}"
            )
        for name in ("airflow", "mlflow/artifacts", "store", "logs"):
            (state.folder / name).mkdir(parents=True, exist_ok=True)
        if not (state.folder / MARKER).exists():
            _write_marker(state, {})
    except OSError as error:
        raise ConfigError(f"{state.folder} can't be made a state folder: {error}; {elsewhere}") from error


def running(state: State) -> dict[str, psutil.Process]:
    """Return the demo's servers that are alive, by name; another process with a reused id does not count."""
    try:
        recorded = json.loads((state.folder / MARKER).read_text())["servers"]
    except (OSError, ValueError, KeyError):
        return {}
    found = {}
    for name, known in recorded.items():
        try:
            process = psutil.Process(known["pid"])
            if abs(process.create_time() - known["started"]) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                found[name] = process
        except psutil.NoSuchProcess:
            continue
    return found


def check_ports(state: State) -> None:
    """Make sure that the demo's ports are free.

    :raises ConfigError: a port is taken.
    """
    for name, port in (("AIRFLOW_PORT", state.airflow_port), ("MLFLOW_PORT", state.mlflow_port)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise ConfigError(
                    f"Port {port} on {HOST} is taken by another program{_owner(port)}. Stop it, or choose "
                    f"another port: make demo {name}={port + 10}"
                ) from error


def check_addresses(state: State) -> None:
    """Make sure that servers that are already running listen on these ports.

    :raises ConfigError: they were started on others.
    """
    marker = json.loads((state.folder / MARKER).read_text())
    found = marker["airflow_port"], marker["mlflow_port"]
    if found != (state.airflow_port, state.mlflow_port):
        raise ConfigError(
            f"The servers of {state.folder} are up on ports {found[0]} and {found[1]}. Leave the ports as "
            "they are, or stop the servers first: make demo-stop"
        )


def start(state: State, names: list[str]) -> None:
    """Start servers, each in a session of its own, and note who they are."""
    servers = {
        name: {"pid": process.pid, "started": process.create_time()}
        for name, process in running(state).items()
    }
    for name in names:
        with state.log(name).open("ab") as log:
            process = subprocess.Popen(
                state.commands()[name],
                env={**state.environment(), _SERVER: name}, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        servers[name] = {"pid": process.pid, "started": psutil.Process(process.pid).create_time()}
        _write_marker(state, servers)


def stop(state: State) -> list[str]:
    """Stop every server and all that it started; return the servers' names.

    Also those that are not in the marker: a server whose starter was killed before it wrote it, and the tasks
    of a scheduler that was killed itself.
    """
    alive = running(state)
    family = {child for server in alive.values() for child in _family(server)} | _strays(state)
    for process in family:
        _signal(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(list(family), timeout=_STOP_SECONDS)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=_STOP_SECONDS)
    if family:
        _write_marker(state, {})
    return sorted(alive)


def check_alive(state: State) -> None:
    """Make sure that every server runs.

    :raises InfrastructureError: one has died; the message shows the end of its log.
    """
    for name in set(state.commands()) - set(running(state)):
        raise InfrastructureError(f"The {name} server stopped:\n{last_lines(state.log(name))}")


def last_lines(log: Path, count: int = 15) -> str:
    """Return the end of a log, indented, with its path."""
    lines = log.read_text(errors="replace").splitlines()[-count:] if log.exists() else []
    return "\n".join([f"  {line}" for line in lines] + [f"  (all of it: {log})"])


def wait_until(what: str, ready: Any, state: State, seconds: float) -> None:
    """Wait until something is ready, and give up early when a server has died.

    :raises InfrastructureError: it took too long, or a server is gone; the message shows the end of its log.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        check_alive(state)
        if time.monotonic() > deadline:
            raise InfrastructureError(
                f"{what} was not ready after {seconds:g} s. Logs: {state.folder / 'logs'}"
            )
        time.sleep(0.3)


def answers(port: int) -> bool:
    """Return whether something listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def _strays(state: State) -> set[psutil.Process]:
    """Return the processes that were started by a server of this folder, or are one."""
    found = set()
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except (psutil.Error, OSError):  # gone, a zombie, or somebody else's
            continue
        if _SERVER in environment and environment.get("MLOPS_STATE") == str(state.folder):
            found.add(process)
    return found


def _family(process: psutil.Process) -> Iterator[psutil.Process]:
    try:
        yield from process.children(recursive=True)
    except psutil.NoSuchProcess:
        return
    yield process


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _owner(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if (
                connection.laddr
                and connection.laddr.port == port
                and connection.status == psutil.CONN_LISTEN
                and connection.pid
            ):
                return f" ({psutil.Process(connection.pid).name()}, process {connection.pid})"
    except psutil.Error:
        return ""
    return ""


def _write_marker(state: State, servers: dict[str, Any]) -> None:
    content = {
        "made_by": "make demo",
        "airflow_port": state.airflow_port,
        "mlflow_port": state.mlflow_port,
        "servers": servers,
    }
    temporary = state.folder / f".{MARKER}"
    temporary.write_text(to_json(content, indent=1) + "\n")
    temporary.replace(state.folder / MARKER)
