from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.mutation.children import ROOT
from tests.mutation.known import KNOWN
from tests.mutation.mutants import mutants_of
from tests.mutation.run import Result, modules, read_survivors, report

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core


@pytest.mark.full  # `make mutation` tries all of them
def test_mutants_that_once_went_unnoticed_are_noticed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutation.known"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("noticed by tests/core/") == len(KNOWN) == 3


def test_each_module_that_decides_is_there() -> None:
    found = modules()
    assert {"include/promotion/gate.py", "include/data/splits.py"} <= set(found)
    assert len(found) > 25
    assert len(set(found)) == len(found), "what two patterns match would be run twice"


def test_mutants_differ_by_one_token_that_can_decide_something(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True)\n"
        "class Window:\n"
        "    rows: int | None\n"
        "def few(rows: int | None, *, least: int) -> bool:\n"
        '    """Whether there are -1 rows."""\n'
        "    return rows < least\n"
    )
    assert [(one.was, one.mutated) for one in mutants_of(path, "module.py")] == [
        ("@dataclass(frozen=True)", ""),
        ("return rows < least", "return rows <= least"),
        ("return rows < least", "return rows >= least"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = rows[-windows:]", "x = rows[+windows:]"),
        ("x = rows[:windows]", "x = rows[:]"),
        ("x = [one for one in rows if one]", "x = [one for one in rows if not (one)]"),
        ("x = a not in b", "x = a in b"),
        ("x = max(a, b)", "x = min(a, b)"),
        ("x = a or b", "x = a and b"),
        ("x = 2", "x = 3"),
    ],
)
def test_one_token_is_changed(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "module.py"
    path.write_text(before + "\n")
    assert after in [" ".join(one.mutated.split()) for one in mutants_of(path, "module.py")]


def test_survivors_must_be_explained(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("def last(rows):\n    return rows[-1]\n")
    mutant, *noticed = mutants_of(path, "module.py")
    results = [Result(mutant, None), *(Result(one, "tests/test_last.py::test") for one in noticed * 9)]
    assert "Not explained" in report(results, {})[0]
    assert report(results, {mutant.key: "because"}) == []


def test_an_explanation_without_a_survivor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("def last(rows):\n    return rows[-1]\n")
    mutant = mutants_of(path, "module.py")[0]
    assert "need not explain" in report([Result(mutant, "tests/test_last.py::test")], {mutant.key: "why"})[0]


@pytest.mark.full  # where mutants are made anew; `make mutation` names what is not there any more
def test_each_explained_survivor_is_a_mutant_of_today() -> None:
    explained = read_survivors()
    there = {
        mutant.key for module in {key[0] for key in explained} for mutant in mutants_of(ROOT / module, module)
    }
    assert set(explained) <= there
    assert all(len(why) > 20 for why in explained.values())
