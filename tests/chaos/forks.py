"""Fork as Airflow does, from a process that has preloaded, and let each child use all libraries with threads.

``python -m tests.chaos.forks FORKS AT_ONCE [SPOILER]``: prints how many forks there were, and which did not
end well. Each task is a fork of a fork, as a task of ``LocalExecutor`` is; several run at once, and each has
as many threads as the machine has cores. A spoiler lets the parent use a library, which preloading must not
do: then its threads exist when the parent forks, and not in the child.

A task hangs if it uses no processor for a minute, or without end. The clock would take a slow one on a busy
machine for one that hangs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mlops.preloading import preload

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET = 60.0  # seconds without any use of the processor after which a task hangs
MOST = 90.0  # seconds of CPU for one task, which takes two to five
ROWS = 20_000


def fit() -> None:
    """OpenMP: a histogram gradient boosting, its predictions, and a forest on threads of joblib's."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

    random = np.random.default_rng(1)
    x = random.normal(size=(ROWS, 10))
    y = (x[:, 0] + random.normal(size=ROWS) > 0).astype(int)
    score = HistGradientBoostingClassifier(max_iter=10).fit(x, y).score(x, y)
    forest = RandomForestClassifier(n_estimators=8, max_depth=4, n_jobs=2).fit(x[:2000], y[:2000])
    assert score > 0.7
    assert forest.score(x, y) > 0.7


def multiply() -> None:
    """OpenBLAS, of NumPy and of scipy, which bring one each."""
    import numpy as np
    from scipy import linalg

    a = np.random.default_rng(1).normal(size=(400, 400))
    assert np.allclose(linalg.inv(a) @ a, np.eye(400), atol=1e-6)


def columns() -> None:
    """Arrow: written, read and computed on by its threads, and pandas on top of it."""
    import pandas as pd
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.parquet"
        pd.DataFrame({"a": range(ROWS), "b": map(str, range(ROWS))}).to_parquet(file)
        table = pq.read_table(file, use_threads=True)
        assert pc.sum(table["a"]).as_py() == sum(range(ROWS))
        assert table.to_pandas(use_threads=True)["b"].nunique() == ROWS


def frames() -> None:
    """polars: imported after the fork, with threads of its own."""
    import polars as pl

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.csv"
        file.write_text("a,b\n" + "".join(f"{number},{number % 7}\n" for number in range(ROWS)))
        pl.scan_csv(file).sink_parquet(file.with_suffix(".parquet"))
        found = pl.read_parquet(file.with_suffix(".parquet")).group_by("b").agg(pl.col("a").sum())
        assert found["a"].sum() == sum(range(ROWS))


def picture() -> None:
    """matplotlib, without a screen."""
    from matplotlib.figure import Figure

    with tempfile.TemporaryDirectory() as folder:
        figure = Figure()
        figure.subplots().plot([1, 2, 3])
        figure.savefig(Path(folder) / "a.png")


def store() -> None:
    """fsspec's event loop on a thread of its own, which s3fs runs on; requests, which finds nobody."""
    import asyncio

    import fsspec.asyn
    import requests

    assert fsspec.asyn.sync(fsspec.asyn.get_loop(), asyncio.sleep, 0.01, result=3) == 3
    try:
        requests.Session().get("http://127.0.0.1:9/", timeout=5)
    except requests.ConnectionError:
        return
    raise AssertionError("somebody answers on port 9")


WORK: dict[str, Callable[[], None]] = {
    "openmp": fit,
    "openblas": multiply,
    "arrow": columns,
    "polars": frames,
    "matplotlib": picture,
    "store": store,
}


def task() -> None:
    """Do all of the work."""
    for work in WORK.values():
        work()


def forked(work: Callable[[], None]) -> int:
    """Run something in a fork of this process; return the fork's id."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def supervise() -> None:
    """Run a task as Airflow's supervisor does: in a fork of the fork. End it if it hangs."""
    child = forked(task)
    used, moved = 0.0, time.monotonic()
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        time.sleep(0.2)
        now = cpu_seconds(child)
        if now > used:
            used, moved = now, time.monotonic()
        if time.monotonic() - moved > QUIET or used > MOST:
            os.kill(child, signal.SIGALRM)
    os._exit(min(255, abs(os.waitstatus_to_exitcode(ended[1]))))


def cpu_seconds(process: int) -> float:
    """Return how long a process, which has not been waited for, has used the processor."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(forks: int, at_once: int, spoiler: str = "") -> None:
    """Preload, fork, and print what became of it."""
    preload.forks_tasks = lambda *_: True  # although this is not a scheduler
    preload.preload()
    assert "sklearn" in sys.modules
    assert "polars" not in sys.modules
    if spoiler:
        WORK[spoiler]()
    began, running = time.monotonic(), set[int]()
    bad: list[int] = []
    for number in range(forks):
        if number % 20 == 0:
            sys.stderr.write(f"{number} of {forks}, {len(bad)} bad\n")
        running.add(forked(supervise))
        while len(running) >= at_once:
            running -= collect(bad)
    while running:
        running -= collect(bad)
    told = {"forks": forks, "bad": bad, "seconds": round(time.monotonic() - began)}
    sys.stdout.write(json.dumps(told) + "\n")


def collect(bad: list[int]) -> set[int]:
    """Wait for one fork to end, and note how if it was not well: 14 means that it hung."""
    pid, status = os.wait()
    if status:
        bad.append(os.waitstatus_to_exitcode(status))
    return {pid}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
