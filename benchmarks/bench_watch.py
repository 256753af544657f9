"""Seconds that the two checks of a day of monitoring take: on a day with news, and on one without.

The example's 30,000 customers, against an MLflow server and a file store. The goal is about the latter:
it reads cached results, and so takes at most a third of the day on which they were computed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

from mlops.cli.settings import connection_environment, read_settings  # noqa: E402

DAYS = ("2005-08-31", "2005-09-01", "2005-09-02")
SCORED = ("2005-05-31", "2005-06-30", "2005-07-31", "2005-08-31")
CHECKS = ("drift_check", "performance_check")
GOAL = 1 / 3


def main() -> int:
    """Measure, print a line for each day, return 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mlflow-port", type=int, default=15001)
    port = parser.parse_args().mlflow_port
    with tempfile.TemporaryDirectory(prefix="bench-watch-") as scratch:
        server = _serve(Path(scratch) / "mlflow", port)
        try:
            seconds = _live(Path(scratch), port)
        finally:
            server.kill()
            server.wait()
    print(f"{'day':<12}" + "".join(f"{check:>20}" for check in CHECKS))
    for day, found in seconds.items():
        print(f"{day:<12}" + "".join(f"{found[check]:>18.1f} s" for check in CHECKS))
    first, *cached = [sum(found.values()) for found in seconds.values()]
    share = max(cached) / first
    missed = share > GOAL
    outcome = "MISSED" if missed else "reached"
    print(f"a day without news takes {share:.0%} of one with news; goal: at most {GOAL:.0%}: {outcome}")
    return int(missed)


def _serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start an MLflow server and wait until it answers."""
    folder.mkdir(parents=True)
    command = [
        sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination", str(folder / "artifacts"), "--serve-artifacts",
    ]  # fmt: skip
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
        except OSError:
            time.sleep(0.5)
        else:
            return server
    server.kill()
    raise TimeoutError((folder / "server.log").read_text())


def _live(scratch: Path, port: int) -> dict[str, dict[str, float]]:
    """Make a champion, let it score, and check some days; return the seconds of each."""
    from include.examples.credit_default.panel import write_panel
    from mlops.tracking.reproducibility import ReproducibilityResult
    from tests.world.dag_run import DagRun

    state, folder = scratch / "state", scratch / "models" / "credit_risk"
    names = {"MLOPS_STATE": str(state), "MLFLOW_HOST": "127.0.0.1", "MLFLOW_PORT": str(port)}
    os.environ |= connection_environment(read_settings(ROOT / "airflow_settings.yaml", names)["connections"])
    shutil.copytree(ROOT / "include" / "models" / "credit_risk", folder)
    write_panel(state / "source" / "credit_risk", None)
    with (
        patch(
            "mlops.tracking.reproducibility.check_in_new_process",
            lambda _: ReproducibilityResult(rows=1, largest_difference=0.0, tolerance=0.0),
        ),
        patch("include.evaluation.plots.save_plots", lambda target, *_, **__: target.mkdir()),
        patch("include.evaluation.importance.measure_importance", lambda *_: {}),
    ):
        last = DagRun(folder, as_of="2005-05-31").run()
    if last != "promote":
        raise RuntimeError(f"no champion: the training ended at {last}")
    for day in SCORED:
        scoring = DagRun(folder, as_of=day, kind="scoring")
        scoring.run_task("extract")
        scoring.run_task("score")
    seconds: dict[str, dict[str, float]] = {}
    for day in DAYS:
        watching = DagRun(folder, as_of=day, kind="monitoring")
        watching.run_task("extract")
        seconds[day] = {}
        for check in CHECKS:
            start = time.monotonic()
            watching.run_task(check)
            seconds[day][check] = time.monotonic() - start
    return seconds


if __name__ == "__main__":
    sys.exit(main())
