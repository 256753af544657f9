"""Change one token of what decides, run the tests that reach it, see whether they notice (`make mutation`).

cosmic-ray makes the mutants. It runs them by editing the file in place and starting pytest for each, which
takes seconds and leaves a mutant behind when it is interrupted, so they run in forks: see ``children.py``.

Which tests reach a line is measured first, with coverage contexts. A mutant is noticed when one fails,
when the module cannot be imported, or when the tests hang. It has survived when all of them pass. A survivor
must be explained in ``survivors.toml``.
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
import tempfile
import time
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutation.children import ROOT, ended, fork, noticed_by, preload, run_only
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.reach import measure_reach

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.mutation.reach import Reach

SURVIVORS = Path(__file__).with_name("survivors.toml")
WANTED = 0.90

_DATASET = [
    f"tests/core/data/test_{name}.py"
    for name in (
        "dataset",
        "labelled_rows",
        "labels",
        "maturity",
        "readiness",
        "selection",
        "splits",
        "rotation",
        "material",
        "time_split",
    )
]
_INTERVALS = [
    f"tests/core/evaluation/test_{name}.py"
    for name in (
        "calibration",
        "evidence",
        "influence",
        "interval",
        "metrics",
        "order_of_adding",
        "scale",
        "spread",
        "trivial",
    )
]
# What decides, and the tests that say how: folders, or patterns of files.
ROOMS: dict[str, list[str]] = {
    "include/promotion/*.py": ["tests/core/promotion"],
    "include/evaluation/streaming/over_trivial.py": ["tests/core/evaluation/streaming/test_switch.py"],
    "include/evaluation/streaming/slice_codes.py": ["tests/core/evaluation/streaming/test_switch.py"],
    "include/evaluation/streaming/summary.py": ["tests/core/evaluation/streaming"],
    "include/monitoring/performance/expected_metrics.py": [
        "tests/core/monitoring/performance/test_estimate_without_labels.py"
    ],
    "include/monitoring/performance/chances.py": [
        "tests/core/monitoring/performance/test_estimate_without_labels.py"
    ],
    "include/rounding.py": ["tests/core/test_rounding.py"],
    "include/promotion/attempts/*.py": ["tests/core/promotion"],
    "include/promotion/gate_rules/*.py": ["tests/core/promotion"],
    "include/promotion/probation/*.py": ["tests/core/promotion/probation"],
    "include/evaluation/slices.py": ["tests/core/evaluation"],
    "include/evaluation/evidence.py": _INTERVALS,
    "include/evaluation/interval.py": _INTERVALS,
    "include/evaluation/scale.py": _INTERVALS,
    "include/evaluation/spread.py": _INTERVALS,
    "include/evaluation/unseen.py": ["tests/core/evaluation/test_unseen.py"],
    "include/monitoring/policy/*.py": ["tests/core/monitoring/policy"],
    "include/monitoring/performance/evaluate_windows.py": ["tests/core/replay/test_engine.py"],
    "include/replay/deliveries.py": ["tests/core/replay/test_deliveries.py"],
    "include/replay/runs.py": ["tests/core/replay/test_deliveries.py"],
    "include/monitoring/performance/*.py": ["tests/core/monitoring/performance"],
    "include/monitoring/null/*.py": ["tests/core/monitoring/null"],
    "include/monitoring/slices/*.py": ["tests/core/monitoring/slices"],
    "include/data/splits.py": _DATASET,
    "include/data/material.py": _DATASET,
    "include/data/time_split.py": _DATASET,
    "include/data/labels/base.py": _DATASET,
    "include/data/labels/delivered.py": _DATASET,
    "include/data/labels/in_features.py": _DATASET,
    "include/data/labelled_rows.py": _DATASET,
    "include/data/maturity.py": _DATASET,
    "include/data/readiness.py": _DATASET,
    "include/data/readiness_text.py": _DATASET,
    "include/data/labelled_window.py": _DATASET,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the mutants that were asked for and print what came of them.

    :returns: 0 where enough were noticed in each module and each survivor is explained, else 1.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--modules", nargs="*", default=[], help="paths or patterns; all that decide by default"
    )
    parser.add_argument("--sample", type=int, default=0, help="so many mutants a module at random; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--jobs", type=int, default=1, help="mutants that run at once")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    sys.dont_write_bytecode = False  # pytest keeps its rewritten tests
    chosen = modules(asked.modules)
    explained = read_survivors()
    results: list[Result] = []
    for tests in dict.fromkeys(tests_of(module) for module in chosen):
        room = [module for module in chosen if tests_of(module) == tests]
        results += run_room(room, tests, asked.sample, asked.seed, asked.jobs)
    problems = report(results, explained)
    print(f"{len(results)} mutants in {time.monotonic() - began:.0f} s")
    print(*problems, sep="\n")
    return 1 if problems else 0


def modules(patterns: Iterable[str] = ()) -> list[str]:
    """The modules that decide, as paths inside the repository; of these the ones that match a pattern."""
    found = sorted({
        str(path.relative_to(ROOT)) for room in ROOMS for path in ROOT.glob(room) if path.stat().st_size
    })
    wanted = [name for name in found if not patterns or any(fnmatch.fnmatch(name, one) for one in patterns)]
    if not wanted:
        raise SystemExit(
            f"No module that decides matches {' '.join(patterns)}. There are:\n" + "\n".join(found)
        )
    return wanted


def tests_of(module: str) -> tuple[str, ...]:
    """The folders and files whose tests say what a module does."""
    patterns = next(tests for room, tests in ROOMS.items() if fnmatch.fnmatch(module, room))
    return tuple(str(found.relative_to(ROOT)) for pattern in patterns for found in sorted(ROOT.glob(pattern)))


def read_survivors() -> dict[tuple[str, str, str, int], str]:
    """Why a mutant that survives changes nothing, by the mutant's key."""
    entries = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get("survivor", [])
    return {(one["module"], one["was"], one["mutated"], one.get("nth", 0)): one["why"] for one in entries}


@dataclass(frozen=True)
class Result:
    """A mutant and what came of it.

    :param by: The test that failed, or another reason why it was noticed; None: it has survived.
    """

    mutant: Mutant
    by: str | None


def run_room(room: list[str], tests: tuple[str, ...], sample: int, seed: int, jobs: int) -> list[Result]:
    """Run mutants of modules that share their tests."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as scratch:
        reach = measure_reach(room, tests, Path(scratch))
        mutants = []
        for module in room:
            of_module = mutants_of(ROOT / module, module)
            ranked = sorted(of_module, key=lambda mutant: mutant.rank(seed))
            mutants += ranked[: sample or None]
        return run_mutants(mutants, reach, Path(scratch), jobs)


def run_mutants(mutants: list[Mutant], reach: Reach, scratch: Path, jobs: int) -> list[Result]:
    """Run each mutant in a process of its own, so many at once, and print each survivor as it is found."""
    preload()
    waiting = list(enumerate(mutants))
    running: dict[int, tuple[Mutant, Path, float]] = {}
    results: list[Result] = []
    while waiting or running:
        while waiting and len(running) < jobs:
            number, mutant = waiting.pop(0)
            tests = reach.tests_for(mutant)
            log = scratch / f"{number}.log"
            limit = time.monotonic() + 20 + 10 * sum(reach.seconds.get(test, 0) for test in tests)
            running[fork(lambda: run_only(mutant, tests, log), log)] = mutant, log, limit  # noqa: B023 (forks at once)
        for pid, (mutant, log, limit) in list(running.items()):
            code = ended(pid, limit)
            if code is not None:
                del running[pid]
                results.append(Result(mutant, noticed_by(code, log)))
                if results[-1].by is None:
                    print(describe(mutant), flush=True)
        time.sleep(0.01)
    return results


def describe(mutant: Mutant) -> str:
    """The mutant as a small diff."""
    was = "\n".join(f"    - {line}" for line in mutant.was.splitlines())
    now = "\n".join(f"    + {line}" for line in mutant.mutated.splitlines())
    nth = f" ({mutant.nth + 1} of the same)" if mutant.nth else ""
    return f"{mutant.module}:{mutant.line}{nth}\n{was}\n{now}"


def report(results: list[Result], explained: dict[tuple[str, str, str, int], str]) -> list[str]:
    """Print a table by module and say what is not as it has to be.

    :param explained: Why a survivor changes nothing, by the mutant's key.
    """
    total = Counter(result.mutant.module for result in results)
    noticed = Counter(result.mutant.module for result in results if result.by)
    survived = [result.mutant for result in results if not result.by]
    unexplained = [mutant for mutant in survived if mutant.key not in explained]
    print(f"\n{'noticed':>7}  {'of':>4}  {'share':>5}  {'explained':>9}  module")
    for module in sorted(total):
        rest = sum(mutant.module == module for mutant in survived if mutant.key in explained)
        share = noticed[module] / total[module]
        print(f"{noticed[module]:>7}  {total[module]:>4}  {share:>5.0%}  {rest:>9}  {module}")
    print(f"{sum(noticed.values()):>7}  {total.total():>4}  {sum(noticed.values()) / total.total():>5.0%}")
    problems = [f"Not explained in {SURVIVORS.name}: {describe(mutant)}" for mutant in unexplained]
    problems += [
        f"{module}: {noticed[module]} of {total[module]} noticed, below {WANTED:.0%}"
        for module in sorted(total)
        if noticed[module] < WANTED * total[module]
    ]
    problems += [
        f"Noticed by {result.by}, so {SURVIVORS.name} need not explain it: {describe(result.mutant)}"
        for result in results
        if result.by and result.mutant.key in explained
    ]
    return problems


if __name__ == "__main__":
    sys.exit(main())
