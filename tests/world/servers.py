"""MLflow with SQLite and S3 by moto, each a process of its own on 127.0.0.1."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer: {log.read_text()}")


@dataclass
class MlflowProcess:
    """An MLflow server that a test may stop, freeze and start again."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "server.log"
        command = [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--workers",
            "1",
            "--backend-store-uri",
            f"sqlite:///{self.folder}/mlflow.db",
            "--artifacts-destination",
            str(self.folder / "artifacts"),
            "--serve-artifacts",
        ]
        environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with log.open("ab") as stream:
            self.process = subprocess.Popen(
                command, stdout=stream, stderr=stream, env=environment, start_new_session=True
            )
        wait_for(f"http://127.0.0.1:{self.port}/health", self.process, log)

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def stop(self) -> None:
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@contextmanager
def moto_server(folder: Path) -> Iterator[str]:
    """Run an S3 endpoint; its log is in the folder. Yield its URL."""
    port, log = free_port(), folder / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=stream, stderr=stream,
        )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/moto-api/", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
