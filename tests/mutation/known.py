"""Mutants that once went unnoticed, and the tests that notice them: the share of `make mutation` in CI.

``python -m tests.mutation.known`` prints what noticed each of them, and fails if one survives, or if what
notices it fails without it, too.
"""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.mutation.children import ROOT, preload, run_file
from tests.mutation.mutants import mutants_of

# What the change is about, where it stands, patterns of the line before and after, and the tests that notice.
KNOWN = [
    (
        "the newest windows, not all but the oldest",
        "include/monitoring/policy/inputs.py",
        r"\[-\S*windows :\]",
        r"\[\+\S*windows :\]",
        "tests/core/monitoring/policy/test_decide.py",
    ),
    (
        "a slice of exactly as many rows as are needed is large enough",
        "include/evaluation/slices.py",
        r"if rows < \S*min_rows",
        r"if rows <= \S*min_rows",
        "tests/core/evaluation/test_slices.py",
    ),
    (
        "calibration groups the bins of numeric columns alone",
        "include/monitoring/null/calibrate.py",
        r"is None or not \w+\(plan\.statistics\)",
        r"is None and not \w+\(plan\.statistics\)",
        "tests/core/monitoring/null/test_distribution.py",
    ),
]


def main() -> int:
    """Run the known mutants, and what noticed each of them against the module as it is."""
    preload()
    survived = 0
    with tempfile.TemporaryDirectory(prefix="mutation-") as scratch:
        for number, (what, module, was, mutated, tests) in enumerate(KNOWN):
            found = [
                one
                for one in mutants_of(ROOT / module, module)
                if re.search(was, one.was) and re.search(mutated, one.mutated)
            ]
            if len(found) != 1:
                print(f"{module} has {len(found)} lines like {was!r}: correct {Path(__file__).name}")
                return 1
            by = run_file(found[0], tests, Path(scratch) / f"{number}.mutant")
            if by is None:
                survived += 1
                print(f"{what}: survived")
                continue
            unchanged = replace(found[0], source=(ROOT / module).read_text(encoding="utf-8"))
            if "::" not in by or run_file(unchanged, by, Path(scratch) / f"{number}.unchanged"):
                print(f"{what}: {by}, and without the mutant too")
                return 1
            print(f"{what}: noticed by {by}")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
