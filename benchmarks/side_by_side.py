"""Run ways of doing the same work side by side: each in a process of its own, taking turns.

The parent imports nothing heavy: on Linux a child's peak memory is at least what its parent had when it was started.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ROOT / ".bench"


class Figures(NamedTuple):
    """What a way of doing the work took.

    :param seconds: median over its runs; imports and the start of the interpreter are not counted.
    :param megabytes: most memory of any run, the interpreter and its libraries included.
    :param result: what it returned, the same in each run.
    """

    seconds: float
    megabytes: float
    result: object


def compare(script: str, ways: dict[str, int], arguments: list[str]) -> dict[str, Figures]:
    """Return the figures of each way, after running all of them in turns.

    :param script: file whose ``--way <name>`` does the work and prints ``{"seconds": ..., "result": ...}`` last.
    :param ways: name to number of runs.
    :param arguments: further arguments for the script.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    megabytes: dict[str, list[float]] = {name: [] for name in ways}
    results: dict[str, object] = {}
    for turn in range(max(ways.values())):
        for name, runs in ways.items():
            if turn < runs:
                printed, peak = run([script, "--way", name, *arguments])
                told = json.loads(printed.splitlines()[-1])
                seconds[name].append(told["seconds"])
                megabytes[name].append(peak)
                results[name] = told["result"]
                print(f"  {name}: {told['seconds']:.2f} s, {peak:.0f} MB", file=sys.stderr, flush=True)
    return {name: Figures(median(seconds[name]), max(megabytes[name]), results[name]) for name in ways}


def run(arguments: list[str]) -> tuple[str, float]:
    """Run a Python script to its end and return what it printed and its peak memory in MB."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, text=True) as child:
        printed = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {child.returncode}")
    return printed, usage.ru_maxrss / 1024


def table(figures: dict[str, Figures], yardstick: float) -> str:
    """Return the figures as text, with each time as a ratio.

    :param figures: what :func:`compare` returned.
    :param yardstick: seconds that count as 1.
    """
    width = max(map(len, figures))
    lines = [f"{'':<{width}}{'seconds':>10}{'ratio':>8}{'peak MB':>10}   result"]
    for name, (seconds, megabytes, result) in figures.items():
        lines.append(f"{name:<{width}}{seconds:>10.2f}{seconds / yardstick:>8.2f}{megabytes:>10,.0f}   {result}")
    return "\n".join(lines)
