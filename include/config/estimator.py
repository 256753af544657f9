"""Load what a team wrote in ``estimator.py``: one function that returns an unfitted scikit-learn Pipeline."""

from __future__ import annotations

import hashlib
import sys
import traceback
from contextlib import contextmanager
from importlib import invalidate_caches
from importlib.abc import SourceLoader
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import TYPE_CHECKING, Any

from include.config.config_errors import PROJECT_ROOT, ConfigIssue, config_error
from include.config.estimator_files import ESTIMATOR_FILE, files_digest
from include.config.fit_weights import SAMPLE_WEIGHT, weight_parameter
from include.config.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sklearn.pipeline import Pipeline

    from include.config.schema import ModelConfig
    from include.config.tasks.base import TaskFacts

BOOSTING, BOOSTING_FILE = frozenset({"lightgbm", "xgboost"}), "requirements-boosting.txt"
"""Optional libraries, and the file that names them."""
_CHECK_PARAMETERS = "; check it against estimator.parameters in model.yaml"
_SIGNATURE = "def build(config: ModelConfig) -> Pipeline"


class _ExactSource(SourceLoader):
    """Runs exactly the bytes it was given: no stale bytecode, and nothing written beside the source."""

    def __init__(self, path: Path, source: bytes) -> None:
        self._path = path
        self._source = source

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002
        return str(self._path)

    def get_data(self, path: str | bytes) -> bytes:  # noqa: ARG002
        return self._source


def load_estimator(folder: Path, config: ModelConfig) -> Pipeline:
    """Return the unfitted pipeline that ``estimator.py`` builds for a configuration.

    :param folder: such as ``include/models/credit_risk``.
    :param config: the model's configuration, given to ``build``.
    :raises ConfigError: the file is missing, can't be imported, has no ``build``, ``build`` fails, or what it
        returns is fitted, lacks a method that its task asks, or takes no weights where rows have them.
    """
    path = folder / ESTIMATOR_FILE
    module = _import(path, _read(path))
    build = getattr(module, "build", None)
    if not callable(build):
        raise config_error(path, [ConfigIssue((), f"has no function build; write {_SIGNATURE}")])
    try:
        with _no_bytecode():  # it may import what lies beside it
            built = build(config)
    except (Exception, SystemExit) as error:
        _let_stop(error, path)
        remedy = _remedy(error, path, module.__name__) or _CHECK_PARAMETERS
        text = f"build(config) raised {_told(error)}{remedy}"
        raise config_error(path, [ConfigIssue((), text, _line_of(error, path))]) from error
    problem = _explain(built, TASKS[config.task]) or _explain_weights(built, config)
    if problem:
        raise config_error(path, [ConfigIssue((), f"build(config) returned {problem}")])
    return built


def estimator_digest(folder: Path) -> str:
    """Return the sha256 of a model's code: its ``estimator.py`` and all it may import or read beside it.

    :param folder: such as ``include/models/credit_risk``.
    :raises ConfigError: the file is missing or can't be read.
    """
    return files_digest(folder, _read(folder / ESTIMATOR_FILE))


def _read(path: Path) -> bytes:
    """Return the bytes of the source."""
    try:
        return path.read_bytes()
    except OSError as error:
        text = f"can't be read ({error.strerror}); write it with {_SIGNATURE}"
        raise config_error(path, [ConfigIssue((), text)]) from error


def _import(path: Path, source: bytes) -> ModuleType:
    """Run the source as a module of its own, and leave no trace of it where it fails."""
    name = _module_name(path)
    full = path.resolve()
    spec = spec_from_file_location(name, full, loader=_ExactSource(full, source))
    if spec is None:  # can't be: the loader was just given
        raise config_error(path, [ConfigIssue((), "can't be imported")])
    module = module_from_spec(spec)
    before = dict(sys.modules)
    try:
        with _fresh_package(name, path.resolve().parent):
            sys.modules[name] = module
            spec.loader.exec_module(module)  # type: ignore[union-attr]
    except (Exception, SystemExit) as error:
        _let_stop(error, path)
        package = name.rpartition(".")[0]
        for new in set(sys.modules) - set(before):
            if new == package or new.startswith(f"{package}."):
                del sys.modules[new]
        if name in before:
            sys.modules[name] = before[name]
        text = f"can't be imported: {_told(error)}{_remedy(error, path, name)}"
        raise config_error(path, [ConfigIssue((), text, _line_of(error, path))]) from error
    return module


@contextmanager
def _fresh_package(name: str, folder: Path) -> Iterator[None]:
    """Let the modules beside the source be imported as they are now.

    :param name: of the source's module; what stands before the last dot is the package of its folder.
    """
    package = name.rpartition(".")[0]
    for known in [known for known in sys.modules if known.startswith(f"{package}.")]:
        del sys.modules[known]
    if not folder.is_relative_to(PROJECT_ROOT):
        beside = ModuleType(package)
        beside.__path__ = [str(folder)]
        sys.modules[package] = beside
    invalidate_caches()
    with _no_bytecode():
        yield


@contextmanager
def _no_bytecode() -> Iterator[None]:
    """Leave no bytecode beside the source, which would be read in place of a file of the same second."""
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = kept


def _remedy(error: BaseException, path: Path, name: str) -> str:
    """Return what to do about an import that failed."""
    if not isinstance(error, ImportError):
        return ""
    lacking = (error.name or "").partition(".")[0]
    if lacking and ((path.parent / f"{lacking}.py").is_file() or (path.parent / lacking).is_dir()):
        return (
            f"; a file beside estimator.py is imported as `from {name.rpartition('.')[0]} import {lacking}`, "
            f"or `from . import {lacking}`, so that its classes are found wherever the model is loaded"
        )
    if lacking in BOOSTING:
        return f"; install it with pip install -r {BOOSTING_FILE}, here and on every worker"
    return "; install it and add it to requirements.txt"


def _module_name(path: Path) -> str:
    """Return a name that no other estimator has.

    Inside the project it is the importable one (``include.models.credit_risk.estimator``), so that a class
    defined there has the same name in every process that loads the saved model.
    """
    full = path.resolve().with_suffix("")
    if full.is_relative_to(PROJECT_ROOT):
        return ".".join(full.relative_to(PROJECT_ROOT).parts)
    package = f"estimator_of_{full.parent.name}_{hashlib.sha256(str(full).encode()).hexdigest()[:12]}"
    return f"{package}.{full.name}"


def _explain(built: Any, task: TaskFacts) -> str | None:
    """Return what is wrong with what ``build`` returned, or None."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    found = f"an object of type {type(built).__name__}"
    if isinstance(built, type):
        return f"the class {built.__name__}; return an object of it"
    lacking = [name for name in ("fit", task.asks, "get_params") if not hasattr(built, name)]
    if lacking:
        return f"{found} without {' and '.join(lacking)}; return a Pipeline that ends in {task.ends_in}"
    try:
        check_is_fitted(built)
    except NotFittedError:
        return None
    return f"{found} that is fitted already; return it unfitted, training fits it"


def _explain_weights(built: Any, config: ModelConfig) -> str | None:
    """Return why what ``build`` returned can't be fitted with weights, or None."""
    if config.weight is None or weight_parameter(built):
        return None
    last = getattr(built, "steps", [("", built)])[-1][1]
    return (
        f"a {type(last).__name__} at the end, whose fit takes no {SAMPLE_WEIGHT}, but weight.column in "
        f"model.yaml names {config.weight.column!r}; use an estimator that takes weights, let a part of it "
        f"ask for them (set_fit_request({SAMPLE_WEIGHT}=True), under "
        "config_context(enable_metadata_routing=True)), or remove weight"
    )


def _let_stop(error: BaseException, path: Path) -> None:
    """Let a task that is being stopped end; an exit that the estimator asked for is an error of its own."""
    if isinstance(error, SystemExit) and _line_of(error, path) is None:
        raise error


def _told(error: BaseException) -> str:
    """Return an exception as one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _line_of(error: BaseException, path: Path) -> int | None:
    """Return the line of the estimator's source in which an exception arose, or None."""
    if isinstance(error, SyntaxError) and error.filename == str(path.resolve()):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path.resolve())]
    return lines[-1] if lines else None
