"""Run ways of doing the same work side by side: each in a process of its own, taking turns.

The parent imports nothing heavy: on Linux a child's peak memory is at least that of its parent when it began.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ROOT / ".bench"


class Figures(NamedTuple):
    """What a way of doing the work took.

    :param seconds: median over its runs; imports and the start of the interpreter are not counted.
    :param cpu: median of its CPU seconds over all threads, which say more on a machine that has other work.
    :param megabytes: most memory of any run, the interpreter and its libraries included.
    :param result: what it returned, the same in each run.
    """

    seconds: float
    cpu: float
    megabytes: float
    result: object


def compare(
    script: str,
    ways: dict[str, int],
    arguments: list[str],
    elsewhere: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Figures]:
    """Return the figures of each way, after running all of them in turns.

    :param script: file whose ``--way <name>`` does the work and ends with :func:`tell`.
    :param ways: name to number of runs.
    :param arguments: further arguments for the script.
    :param elsewhere: for the ways that another environment does: its interpreter, and the script there.
    """
    elsewhere = elsewhere or {}
    told: dict[str, list[dict]] = {name: [] for name in ways}
    for turn in range(max(ways.values())):
        for name in (name for name, runs in ways.items() if turn < runs):
            command = elsewhere.get(name, (sys.executable, script))
            printed, peak = run([*command, "--way", name, *arguments])
            told[name].append(json.loads(printed.splitlines()[-1]) | {"megabytes": peak})
            seconds, cpu = told[name][-1]["seconds"], told[name][-1]["cpu"]
            print(f"  {name}: {seconds:.2f} s, CPU {cpu:.2f} s, {peak:.0f} MB", file=sys.stderr, flush=True)
    return {
        name: Figures(
            median(item["seconds"] for item in runs),
            median(item["cpu"] for item in runs),
            max(item["megabytes"] for item in runs),
            runs[-1]["result"],
        )
        for name, runs in told.items()
    }


def tell(work: Callable[[], object]) -> None:
    """Do a piece of work in this process and print what it took, for :func:`compare`."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    result = work()
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": seconds, "cpu": cpu, "result": result}))


def run(command: Sequence[str]) -> tuple[str, float]:
    """Run a command to its end and return what it printed and its peak memory in MB."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        printed = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    return printed, usage.ru_maxrss / 1024


def interpreter(name: str, requirements: Sequence[str]) -> str:
    """Return the Python of an environment, which is made the first time.

    :param name: what the environment is called.
    :param requirements: what it holds.
    """
    folder = SCRATCH / "environments" / name
    python, made = folder / "bin" / "python", folder / ".made"
    wanted = "\n".join(requirements)
    if not made.exists() or made.read_text(encoding="utf-8") != wanted:
        print(f"  making an environment for {name}", file=sys.stderr, flush=True)
        uv = [sys.executable, "-m", "uv"]
        subprocess.run(
            [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True
        )
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), *requirements], check=True)
        made.write_text(wanted, encoding="utf-8")
    return str(python)


def table(figures: dict[str, Figures], yardstick: str) -> str:
    """Return the figures as text, with each time as a ratio.

    :param figures: what :func:`compare` returned.
    :param yardstick: the way that counts as 1.
    """
    width = max(map(len, figures))
    one = figures[yardstick]
    lines = [f"{'':<{width}}{'seconds':>9}{'ratio':>7}{'CPU s':>9}{'ratio':>7}{'peak MB':>9}   result"]
    for name, (seconds, cpu, megabytes, result) in figures.items():
        times = f"{seconds:>9.2f}{seconds / one.seconds:>7.2f}{cpu:>9.2f}{cpu / one.cpu:>7.2f}"
        lines.append(f"{name:<{width}}{times}{megabytes:>9,.0f}   {result}")
    return "\n".join(lines)
