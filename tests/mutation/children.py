"""Run tests in a child that reads a mutant in place of the module.

A process that has loaded the heavy libraries forks once a mutant, and the import system of that child reads
the mutant. Nothing is written into the source tree, and a mutant takes less than a second.
"""

from __future__ import annotations

import ast
import gc
import importlib
import os
import signal
import sys
import tempfile
import time
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from tests.mutation.mutants import Mutant

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ["_hypothesis_pytestplugin", "pytest_timeout", "pytest_socket", "syrupy"]
# What takes long to import and what no mutant changes: libraries, and the modules below those that decide.
HEAVY = ["hypothesis.stateful", "pandas", "scipy.stats", "sklearn.linear_model", "sklearn.metrics"]
OURS = ["include.config.schema", "pyarrow.parquet"]


def run_file(mutant: Mutant, tests: str, log: Path) -> str | None:
    """Run one mutant against a whole file of tests and return what noticed it.

    :param log: where the output of the tests goes.
    """

    def child() -> None:
        _load(mutant)
        os._exit(run_pytest([tests], _First(log.with_suffix(".by")), "--exitfirst"))

    return noticed_by(wait(fork(child, log), time.monotonic() + 120), log)


def run_only(mutant: Mutant, tests: list[str], log: Path) -> None:
    if not tests:
        os._exit(0)
    _load(mutant)
    only = _Only(tests, log.with_suffix(".by"))
    os._exit(run_pytest(sorted({test.split("::")[0] for test in tests}), only, "--exitfirst"))


def _load(mutant: Mutant) -> None:
    _forget_dependents(mutant.module.removesuffix(".py").replace("/", "."))
    sys.meta_path.insert(0, _MutantFinder(mutant))


def noticed_by(code: int, log: Path) -> str | None:
    by = log.with_suffix(".by")
    if code == 0:
        return None
    if by.exists():
        return by.read_text()
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise SystemExit(f"No test ran:\n{log.read_text()[-3000:]}")
    return "the tests hang" if code < 0 else "the tests cannot be loaded"


class _MutantFinder:
    """Finds one module of the repository, and reads a mutant of it."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = mutant.module.removesuffix(".py").replace("/", ".")
        self.mutant = mutant

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        file = str(ROOT / self.mutant.module)
        return spec_from_loader(name, _MutantLoader(name, file, self.mutant.source), origin=file)


class _MutantLoader(SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname: str) -> Any:
        return compile(self.source, self.path, "exec", dont_inherit=True)


class _First:
    """A pytest plugin that writes down the first test that fails."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.file.exists():
            self.file.write_text(report.nodeid)


class _Only(_First):
    """A pytest plugin that runs some tests, in the order given."""

    def __init__(self, tests: list[str], file: Path) -> None:
        super().__init__(file)
        self.order = {test: number for number, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.order), key=lambda item: self.order[item.nodeid]
        )
        if len(items) < len(self.order):
            self.file.write_text("tests that are gone")  # a parameter follows from the module
            items.clear()


def preload() -> None:
    """Import what takes long, once for all children."""
    for name in [*HEAVY, *PLUGINS, *OURS]:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # so that a child does not copy the pages by counting references


def _forget_dependents(module: str) -> None:
    """Drop the loaded modules that import a module, directly or through others: they are loaded anew."""
    ours = [name for name in sys.modules if name.split(".")[0] in {"include", "mlops", "tests", "demo"}]
    imports = {name: _imported(sys.modules[name]) for name in ours}
    changed = {module}
    while more := {name for name in ours if name not in changed and imports[name] & changed}:
        changed |= more
    for name in changed:
        sys.modules.pop(name, None)


def _imported(module: ModuleType) -> set[str]:
    """The names of what a module's text imports, wherever it does so."""
    if not (file := getattr(module, "__file__", None)):
        return set()
    names: set[str] = set()
    for node in ast.walk(ast.parse(Path(file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return names


def run_pytest(tests: list[str], plugin: object, *more: str) -> int:
    settings.register_profile("mutation", max_examples=25, database=None, derandomize=True, deadline=None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # many a library brings one along
    quiet = [
        "-q",
        "-p",
        "no:cacheprovider",
        "--tb=line",
        "-Wignore::pytest.PytestAssertRewriteWarning",
        "--hypothesis-profile=mutation",
    ]
    return int(pytest.main([*quiet, *(f"-p{name}" for name in PLUGINS), *more, *tests], plugins=[plugin]))


def fork(child: Callable[[], None], log: Path) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    os.setsid()  # what the tests start ends with them
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ["TMPDIR"] = str(log.parent)
    tempfile.tempdir = None
    code = 70
    try:
        child()
        code = 0
    finally:
        sys.stdout.flush()
        os._exit(code)


def ended(pid: int, limit: float | None) -> int | None:
    """The exit code of a child, below zero where it was killed; None while it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        return os.waitstatus_to_exitcode(status)
    if limit is not None and time.monotonic() > limit:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return -signal.SIGKILL
    return None


def wait(pid: int, limit: float | None) -> int:
    while (code := ended(pid, limit)) is None:
        time.sleep(0.01)
    return code
