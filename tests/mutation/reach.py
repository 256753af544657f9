"""Which tests run which line, measured with coverage contexts, so that a mutant needs only some of them."""

from __future__ import annotations

import ast
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import coverage
import pytest

from tests.mutation.children import ROOT, fork, preload, run_pytest, wait

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mutation.mutants import Mutant


@dataclass(frozen=True)
class Reach:
    """Which tests run which line, and how long they take.

    :param lines: By module and line the ids of tests; line 0 holds all tests that run any line of the module.
    :param seconds: By test.
    """

    lines: dict[str, dict[int, set[str]]]
    seconds: dict[str, float]

    def tests_for(self, mutant: Mutant) -> list[str]:
        """The tests that run the mutant's statement, the quickest first."""
        reached = self.lines[mutant.module]
        statement = _statement((ROOT / mutant.module).read_text(encoding="utf-8"), mutant.line)
        ids = set().union(*(reached.get(line, ()) for line in statement)) if statement else reached[0]
        return sorted(ids, key=lambda test: (self.seconds.get(test, 0), test))


def measure_reach(room: list[str], tests: tuple[str, ...], scratch: Path) -> Reach:
    """Run the tests once, without a mutant; they have to pass."""
    recorder = _Recorder(room, scratch / "coverage")
    answer = scratch / "reach.json"

    def child() -> None:
        preload()
        if code := run_pytest(list(tests), recorder):
            os._exit(code)
        answer.write_text(json.dumps({"lines": recorder.lines(), "seconds": recorder.seconds}))

    log = scratch / "baseline.log"
    if wait(fork(child, log), None):
        raise SystemExit(f"The tests do not pass as they are:\n{log.read_text()[-3000:]}")
    content = json.loads(answer.read_text())
    lines = {
        module: {int(line): set(ids) for line, ids in by_line.items()}
        for module, by_line in content["lines"].items()
    }
    return Reach(lines, content["seconds"])


class _Recorder:
    """A pytest plugin that measures lines by test."""

    def __init__(self, room: list[str], file: Path) -> None:
        self.room = room
        self.seconds: dict[str, float] = {}
        self._tests: dict[str, list[str]] = {}
        self._coverage = coverage.Coverage(
            data_file=str(file), include=[str(ROOT / module) for module in room], config_file=False
        )

    def pytest_sessionstart(self) -> None:
        self._coverage.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._tests.setdefault(item.nodeid.split("::")[0], []).append(item.nodeid)
        self._coverage.switch_context(f"setup {item.nodeid}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self._coverage.switch_context(f"call {item.nodeid}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration

    def lines(self) -> dict[str, dict[int, list[str]]]:
        """Tests by module and line; what a fixture runs counts for all tests of its file."""
        self._coverage.stop()
        data = self._coverage.get_data()
        found: dict[str, dict[int, list[str]]] = {}
        for module in self.room:
            by_line: dict[int, list[str]] = {}
            for line, contexts in data.contexts_by_lineno(str(ROOT / module)).items():
                tests: set[str] = set()
                for phase, test in (context.split(" ", 1) for context in contexts if context):
                    tests.update([test] if phase == "call" else self._tests[test.split("::")[0]])
                by_line[line] = sorted(tests)
            found[module] = {**by_line, 0: sorted(set().union(*by_line.values()))}
        return found


def _statement(source: str, line: int) -> range | None:
    """The lines of the innermost statement around a line; None where it runs at import."""
    found: ast.stmt | None = None
    inside = False
    nodes: list[tuple[ast.AST, bool]] = [(ast.parse(source), False)]
    while nodes:
        node, in_function = nodes.pop()
        around = isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
        if around and (found is None or node.lineno >= found.lineno):
            found, inside = node, in_function
        in_function = in_function or isinstance(node, ast.FunctionDef)
        nodes += [(child, in_function) for child in ast.iter_child_nodes(node)]
    if found is None or not inside or isinstance(found, ast.FunctionDef | ast.ClassDef):
        return None
    body = getattr(found, "body", None)
    end = body[0].lineno - 1 if body else found.end_lineno
    return range(found.lineno, max(end or 0, found.lineno) + 1)
