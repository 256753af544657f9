"""MLflow with SQLite and S3 by moto, each a process of its own on 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.world.databases import copy_database
from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 240  # on a machine that does much else besides
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                assert process.poll() is None, f"another server answers at {url}: {log.read_text()}"
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

    @property
    def database(self) -> Path:
        """What the server knows."""
        return self.folder / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """The files that it keeps."""
        return self.folder / "artifacts"

    def start(self) -> None:
        self.artifacts.mkdir(parents=True, exist_ok=True)  # MLflow makes it when the first comes
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
            f"sqlite:///{self.database}",
            "--artifacts-destination",
            str(self.artifacts),
            "--serve-artifacts",
        ]
        environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with log.open("ab") as stream:
            self.process = subprocess.Popen(
                command, stdout=stream, stderr=stream, env=environment, start_new_session=True
            )
        try:
            wait_for(f"http://127.0.0.1:{self.port}/health", self.process, log)
        except BaseException:
            self.stop()
            raise

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def stop(self) -> None:
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def keep(self, folder: Path) -> None:
        """Copy all that it holds into a folder that is not there yet."""
        shutil.copytree(self.artifacts, folder / "artifacts")
        copy_database(self.database, folder / "mlflow.db")

    def restore(self, folder: Path) -> None:
        """Make all that it holds what it was when it was kept; it may run meanwhile, if nobody asks it."""
        copy_database(folder / "mlflow.db", self.database)
        shutil.rmtree(self.artifacts)
        shutil.copytree(folder / "artifacts", self.artifacts)


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
