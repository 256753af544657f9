"""A team's repository with one small model, and the two environments that its workflows deploy to.

Each environment has an MLflow, a store, a data registry and a prediction server that follows the champion; in
front of the server is an endpoint that can be made to answer wrongly or late.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from include.examples.credit_default.panel import write_panel
from tests.workflows.runner import Runner, commit, copy_from, make_venv, start_repository
from tests.world.edits import edit
from tests.world.http_server import listening
from tests.world.ports import free_port
from tests.world.servers import MlflowProcess, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = "credit_risk"
CUSTOMERS = 3_000
# What those can meet, and a first model of one tree with two leaves: any serious one is better.
SMALL = (
    ("min_rows: 1000", "min_rows: 500"), ("roc_auc: 0.84", "roc_auc: 0.60"),
    ("log_loss: 0.30", "log_loss: 0.60"), ("brier: 0.085", "brier: 0.25"), ("max_iter: 150", "max_iter: 1"),
    ("max_leaf_nodes: 15", "max_leaf_nodes: 2"), ("primary: roc_auc", "primary: log_loss"),
)  # fmt: skip
FILES = (
    "Makefile", "bin", "config", "include/*.py", "include/[!m]*", "include/monitoring", "include/models/*.py",
    "include/models/credit_risk", "plugins", "airflow_settings.yaml", "pyproject.toml", "requirements*.txt",
    "constraints.txt", ".gitignore",
)  # fmt: skip


@dataclass
class Endpoint:
    """Passes requests on to a prediction server; what it does with some versions may be changed.

    :param port: of the server.
    :param fine: the version whose answers are always passed on as they are.
    :param wrong: whether those of others are changed.
    :param late: seconds that those of others take longer.
    """

    port: int
    fine: str = "1"
    wrong: bool = False
    late: float = 0.0

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Listen in a thread; yield the URL."""
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(*endpoint.ask(self.path, None))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.reply(*endpoint.ask(self.path, body))

            def reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        with listening(Handler) as port:
            yield f"http://127.0.0.1:{port}"

    def ask(self, path: str, body: bytes | None) -> tuple[int, bytes]:
        """Return status and body of an answer."""
        headers = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                status, answer = response.status, response.read()
                version = response.headers.get("x-model-version", "")
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        if body and version != self.fine:
            time.sleep(self.late)
            if self.wrong:
                found = json.loads(answer)
                found["predictions"] = found["predictions"][::-1]
                answer = json.dumps(found).encode()
        return status, answer

    @property
    def version(self) -> str:
        """The version that the server says it serves; empty before it serves any."""
        status, answer = self.ask("/version", None)
        return str(json.loads(answer).get("version", "")) if status == 200 else ""


@dataclass
class Place:
    """One environment.

    :param name: its name.
    :param folder: its store, registry and source.
    :param mlflow: its server.
    :param endpoint: where its champion is served.
    """

    name: str
    folder: Path
    mlflow: MlflowProcess
    endpoint: Endpoint

    @property
    def secrets(self) -> dict[str, str]:
        """Its connections, as the repository's settings have them."""
        extra = {"timeout": 60, "retries": 3}
        http = {"conn_type": "http", "host": "127.0.0.1", "port": self.mlflow.port, "extra": extra}
        store = {"conn_type": "generic", "extra": {"root": f"file://{self.folder}/store"}}
        registry = {"conn_type": "generic", "extra": {"remote": f"{self.folder}/registry.git"}}
        return {
            "MLFLOW_DEFAULT": json.dumps(http),
            "OBJECT_STORE_DEFAULT": json.dumps(store),
            "DATA_REGISTRY_DEFAULT": json.dumps(registry),
        }

    @property
    def accounts(self) -> Path:
        """The newest delivery that is learned from."""
        return self.folder / "source" / "accounts" / "as_of=2005-04-30" / "accounts.csv"

    def state(self) -> dict[str, Any]:
        """What must not change behind a model that was stopped: aliases, and how many versions there are."""
        try:
            found = self._get("registered-models/get", name=MODEL)["registered_model"]
        except urllib.error.HTTPError:
            return {"aliases": {}, "versions": 0}
        aliases = {one["alias"]: one["version"] for one in found.get("aliases", [])}
        listed = self._get("model-versions/search", filter=f"name='{MODEL}'")
        return {"aliases": aliases, "versions": len(listed.get("model_versions", []))}

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.mlflow.port}/api/2.0/mlflow/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=60) as response:
            return dict(json.load(response))


@dataclass
class Team:
    """All of it.

    :param runner: runs the workflows.
    :param places: both environments by name.
    """

    runner: Runner
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def model(self) -> Path:
        """The model's configuration."""
        return self.runner.origin / "include" / "models" / MODEL / "model.yaml"

    def change(self, *edits: tuple[str, str]) -> str:
        """Change the configuration, and commit it; return the commit before."""
        edit(self.model, *edits)
        return commit(self.runner.origin)

    def state(self) -> dict[str, Any]:
        """Of both environments."""
        return {name: place.state() for name, place in self.places.items()}


@contextmanager
def make_team(root: Path, folder: Path) -> Iterator[Team]:
    """Start everything; yield it, and stop it.

    :param root: of this repository.
    :param folder: an empty one.
    """
    origin, home, tools = (folder / name for name in ("origin", "home", "tools"))
    for made in (origin, home, tools):
        made.mkdir()
    copy_from(root, origin, FILES)
    # GitHub's own client has nobody to ask here: the reviewer of production is ann.
    (tools / "gh").write_text("#!/usr/bin/env bash\necho by=ann\n")
    (tools / "gh").chmod(0o755)
    start_repository(origin)
    team = Team(
        Runner(origin=origin, home=home, venv=make_venv(folder / "venv"), environments={}, tools=tools)
    )
    with ExitStack() as stack:
        with ThreadPoolExecutor(2) as pool:
            for place in pool.map(
                lambda name: _start(name, root, folder / name, stack), ("staging", "production")
            ):
                team.places[place.name] = place
        staging, production = team.places["staging"], team.places["production"]
        _deliver(staging.folder / "source")
        source = {"conn_id": f"{MODEL}_source", "conn_type": "generic"}
        for place in (staging, production):
            own = source | {"conn_extra": {"root": f"file://{staging.folder}/source"}}
            content = json.dumps({"connections": [own]})
            (origin / "config" / "environments" / f"{place.name}.yaml").write_text(content)
        edit(team.model, *SMALL)
        commit(origin)
        copied = {f"STAGING_{name}": value for name, value in staging.secrets.items()}
        for place in (staging, production):
            secrets = place.secrets | (copied if place is production else {})
            url = stack.enter_context(place.endpoint.serve())
            variables = {"ENDPOINT": url, "BUDGET_MS": "3000"}
            team.runner.environments[place.name] = {"vars": variables, "secrets": secrets}  # type: ignore[index]
        _mark(team)
        yield team


def _start(name: str, root: Path, folder: Path, stack: ExitStack) -> Place:
    mlflow = MlflowProcess(folder / "mlflow", free_port())
    stack.callback(mlflow.stop)
    mlflow.start()
    port, log = free_port(), folder / "serving.log"
    command = [
        sys.executable, "-m", "serving", "--model", MODEL, "--mlflow", f"http://127.0.0.1:{mlflow.port}",
        "--port", str(port), "--poll-seconds", "1", "--state", str(folder / "served"),
    ]  # fmt: skip
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=root, stdout=stream, stderr=stream)
    stack.callback(process.wait)
    stack.callback(process.kill)
    wait_for(f"http://127.0.0.1:{port}/metrics", process, log)  # /ping is for one that serves a version
    return Place(name, folder, mlflow, Endpoint(port))


def _deliver(target: Path) -> None:
    """Deliver the first month and its labels, of as many customers as there are to be."""
    from datetime import date

    for file in write_panel(target, date(2005, 5, 31)):
        head, *lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join([head, *(line for line in lines if int(line.split(",")[0]) <= CUSTOMERS)]))


def _mark(team: Team) -> None:
    """Let the places of both environments say whose they are, as whoever sets one up does once."""
    own = {"PATH": os.environ["PATH"], "HOME": str(team.runner.home), "VENV": str(team.runner.venv)}
    at_work = []
    for place in team.places.values():
        prefix = f"MLOPS_{place.name.upper()}_CONN_"
        variables = {prefix + name: value for name, value in place.secrets.items()}
        command = [team.runner.origin / "bin" / "mlops", "environments", "--mark", place.name]
        at_work.append(
            subprocess.Popen(command, env=own | variables, stdout=subprocess.DEVNULL, cwd=team.runner.home)
        )
    assert [one.wait() for one in at_work] == [0, 0]
