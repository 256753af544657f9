"""The prediction server beside calling the model in Python, and beside MLflow's own scoring server.

``make bench-serving``, or ``python -m benchmarks.bench_serving --seconds 10 --rounds 5``. One model (the
example's estimator with its own parameters, fitted on random rows), logged to an MLflow server of its own.
One client, one request after the other on one connection. Ratios are taken within a round: calling in Python,
the server and MLflow's server take turns, so that what else the machine does meets all of them alike. Calls a
core are calls a second of CPU that the answering process spends, which a busy machine changes least.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import psutil
import requests

from tests.world.ports import free_port
from tests.world.served import fit_pipeline, log_version, rows, split
from tests.world.servers import MlflowProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
HEADERS = {"content-type": "application/json"}


@dataclass(frozen=True)
class World:
    """Three versions of a model in an MLflow, and where they are served."""

    config: Any
    pipelines: list[Any]
    client: Any
    versions: list[str]
    registry: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def point(self, version: str) -> None:
        self.client.set_registered_model_alias(self.config.name, "champion", version)


@contextmanager
def process(command: list[str], url: str, environment: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    """Run a server until the block ends."""
    with log.open("wb") as stream:
        started = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=stream, stderr=stream
        )
    try:
        for _ in range(600):
            try:
                if requests.get(f"{url}/ping", timeout=5).status_code == 200:
                    break
            except requests.RequestException:
                pass
            assert started.poll() is None, log.read_text()
            time.sleep(0.5)
        yield psutil.Process(started.pid)
    finally:
        for one in (*psutil.Process(started.pid).children(recursive=True), started):
            one.terminate()
        started.wait(30)


def timed(call: Callable[[], Any], seconds: float) -> np.ndarray:
    """Return how long calls take, in seconds, one after the other."""
    call()
    taken, end = [], time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        call()
        taken.append(time.perf_counter() - began)
    return np.array(taken)


class Figures(NamedTuple):
    """One way of asking in a round: calls a second, calls a second of CPU, the 99th percentile in seconds."""

    rate: float
    core: float
    tail: float


def spent(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and its children."""
    return sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True)))


def figures(
    calls: dict[str, tuple[Callable[[], Any], psutil.Process]], seconds: float, rounds: int
) -> dict[str, list[Figures]]:
    """Return what each way of asking gave in each round; the process is the one that answers."""
    found: dict[str, list[Figures]] = {name: [] for name in calls}
    for call, _ in calls.values():
        timed(call, 1.0)
    for _ in range(rounds):
        for name, (call, process) in calls.items():
            before = spent(process)
            taken = timed(call, seconds)
            cpu = spent(process) - before
            tail = float(np.quantile(taken, 0.99))
            found[name].append(Figures(len(taken) / taken.sum(), len(taken) / cpu, tail))
    return found


def raw_session(port: int, body: bytes) -> Callable[[], None]:
    """Return what asks on one kept connection, with a client that adds little: its time is measured, too.

    After a second without a call it is opened anew, since servers leave idle ones after a while.
    """
    import http.client

    connection, last = http.client.HTTPConnection("127.0.0.1", port, timeout=60), 0.0

    def call() -> None:
        nonlocal last
        if time.monotonic() - last > 1.0:
            connection.close()
        connection.request("POST", "/invocations", body, HEADERS)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        last = time.monotonic()

    return call


def compare(
    world: World, options: argparse.Namespace, own: psutil.Process, other: psutil.Process, theirs: int
) -> None:
    print("rows | way | calls/s | ÷ Python | calls a core | ÷ Python | p99 ms | ÷ Python's p99")
    for number in (1, 1_000):
        frame = rows(world.config, number)
        body = json.dumps(split(frame)).encode()
        calls: dict[str, tuple[Callable[[], Any], psutil.Process]] = {
            "Python": (lambda frame=frame: world.pipelines[0].predict_proba(frame), psutil.Process()),
            "serving": (raw_session(world.port, body), own),
            "mlflow models serve": (raw_session(theirs, body), other),
        }
        found = figures(calls, options.seconds, options.rounds)
        base = np.array(found["Python"])
        for name, runs in found.items():
            here = np.array(runs)
            cells = zip(np.median(here, axis=0) * (1, 1, 1e3), np.median(here / base, axis=0), strict=True)
            print(f"{number} | {name} | {' | '.join(f'{one:.1f} | {ratio:.2f}' for one, ratio in cells)}")


def swap(world: World, asked: int) -> None:
    """Move the alias again and again while requests come; count what is lost or wrong."""
    frame = rows(world.config, 2)
    body = json.dumps(split(frame)).encode()
    models = zip(world.versions, world.pipelines, strict=True)
    right = {version: one.predict_proba(frame).tolist() for version, one in models}
    wrong, taken, stop, swaps = 0, [], threading.Event(), 0

    def move() -> None:
        nonlocal swaps
        while not stop.is_set():
            swaps += 1
            world.point(world.versions[swaps % len(world.versions)])
            stop.wait(3.0)

    mover = threading.Thread(target=move)
    mover.start()
    seen: list[str] = []
    with requests.Session() as session:
        for _ in range(asked):
            began = time.perf_counter()
            answer = session.post(f"{world.url}/invocations", data=body, headers=HEADERS, timeout=60)
            taken.append(time.perf_counter() - began)
            version = answer.headers.get("x-model-version", "")
            wrong += answer.status_code != 200 or answer.json()["predictions"] != right.get(version)
            if not seen or seen[-1] != version:
                seen.append(version)
    stop.set()
    mover.join()
    print(f"{wrong} of {asked:,} requests lost or wrong; the version changed {len(seen) - 1} times meanwhile")
    print(f"p99 meanwhile {np.quantile(taken, 0.99) * 1e3:.1f} ms, longest {max(taken) * 1e3:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=2_000)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as scratch:
        server = MlflowProcess(Path(scratch) / "mlflow", free_port())
        server.start()
        try:
            run(options, make_world(f"http://127.0.0.1:{server.port}"), Path(scratch))
        finally:
            server.stop()


def make_world(registry: str) -> World:
    import mlflow

    from include.config.load import load_model

    config = load_model(ROOT / "include" / "models" / "credit_risk")
    trees = config.estimator.parameters["max_iter"]
    pipelines = [fit_pipeline(config, seed, trees, 20_000) for seed in range(3)]
    uris = [log_version(registry, one, config) for one in pipelines]
    client = mlflow.MlflowClient(registry, registry)
    client.create_registered_model(config.name)
    made = [client.create_model_version(config.name, uri, model_id=uri.split("/")[-1]) for uri in uris]
    world = World(config, pipelines, client, [str(one.version) for one in made], registry, free_port())
    world.point(world.versions[0])
    return world


def run(options: argparse.Namespace, world: World, scratch: Path) -> None:
    theirs = free_port()
    model = world.config.name
    command = [
        sys.executable, "-m", "serving", "--model", model, "--mlflow", world.registry,
        "--port", str(world.port), "--state", str(scratch / "served"), "--poll-seconds", "0.2",
        "--log-to", f"file://{scratch}/log",
    ]  # fmt: skip
    rival = [
        sys.executable, "-m", "mlflow", "models", "serve", "--port", str(theirs), "--workers", "1",
        "--model-uri", f"models:/{model}/{world.versions[0]}", "--env-manager", "local",
    ]  # fmt: skip
    # MLflow starts uvicorn by its name.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    tracking = {"MLFLOW_TRACKING_URI": world.registry, "PATH": path}
    with process(command, world.url, {"SERVING_TOKEN": ""}, scratch / "ours.log") as own:
        with process(rival, f"http://127.0.0.1:{theirs}", tracking, scratch / "theirs.log") as other:
            memory = sum(one.memory_info().rss for one in (other, *other.children(recursive=True)))
            compare(world, options, own, other, theirs)
        one = own.memory_info().rss
        world.point(world.versions[1])
        while requests.get(f"{world.url}/version", timeout=10).json()["version"] != world.versions[1]:
            time.sleep(0.5)
        two = own.memory_info().rss
        shown = [f"{size / 1e6:.0f} MB" for size in (one, two, memory)]
        print(f"memory: {shown[0]}, with two versions {shown[1]}; MLflow's server {shown[2]}")
        swap(world, options.requests)
        print(f"memory after all swaps: {own.memory_info().rss / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
