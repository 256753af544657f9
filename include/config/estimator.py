"""Load what a team wrote in ``estimator.py``: one function that returns an unfitted scikit-learn Pipeline."""

from __future__ import annotations

import hashlib
import sys
import traceback
from importlib.abc import SourceLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import TYPE_CHECKING, Any

from include.config.mistakes import PROJECT_ROOT, Mistake, config_error

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from sklearn.pipeline import Pipeline

    from include.config.schema import ModelConfig

ESTIMATOR_FILE = "estimator.py"
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
        returns is fitted or can't give probabilities.
    """
    path = folder / ESTIMATOR_FILE
    module = _import(path, _read(path))
    build = getattr(module, "build", None)
    if not callable(build):
        raise config_error(path, [Mistake((), f"has no function build; write {_SIGNATURE}")])
    try:
        built = build(config)
    except Exception as error:
        text = f"build(config) raised {_told(error)}; check it against estimator.parameters in model.yaml"
        raise config_error(path, [Mistake((), text, _line_of(error, path))]) from error
    problem = _explain(built)
    if problem:
        raise config_error(path, [Mistake((), f"build(config) returned {problem}")])
    return built


def estimator_digest(folder: Path) -> str:
    """Return the sha256 of a model folder's ``estimator.py``.

    :param folder: such as ``include/models/credit_risk``.
    :raises ConfigError: the file is missing or can't be read.
    """
    return hashlib.sha256(_read(folder / ESTIMATOR_FILE)).hexdigest()


def _read(path: Path) -> bytes:
    """Return the bytes of the source."""
    try:
        return path.read_bytes()
    except OSError as error:
        text = f"can't be read ({error.strerror}); write it with {_SIGNATURE}"
        raise config_error(path, [Mistake((), text)]) from error


def _import(path: Path, source: bytes) -> ModuleType:
    """Run the source as a module of its own, and leave no trace of it where it fails."""
    name = _module_name(path)
    spec = spec_from_loader(name, _ExactSource(path.resolve(), source), origin=str(path))
    if spec is None:  # can't be: the loader was just given
        raise config_error(path, [Mistake((), "can't be imported")])
    module = module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)  # type: ignore[union-attr]
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and _line_of(error, path) is None:
            raise  # the task was told to stop while it imported
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        remedy = "; install it and add it to requirements.txt" if isinstance(error, ImportError) else ""
        text = f"can't be imported: {_told(error)}{remedy}"
        raise config_error(path, [Mistake((), text, _line_of(error, path))]) from error
    return module


def _module_name(path: Path) -> str:
    """Return a name that no other estimator has.

    Inside the project it is the importable one (``include.models.credit_risk.estimator``), so that a class
    defined there has the same name in every process that loads the saved model.
    """
    full = path.resolve().with_suffix("")
    if full.is_relative_to(PROJECT_ROOT):
        return ".".join(full.relative_to(PROJECT_ROOT).parts)
    return f"estimator_of_{full.parent.name}_{hashlib.sha256(str(full).encode()).hexdigest()[:12]}"


def _explain(built: Any) -> str | None:
    """Return what is wrong with what ``build`` returned, or None."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    found = f"an object of type {type(built).__name__}"
    if isinstance(built, type):
        return f"the class {built.__name__}; return an object of it"
    lacking = [name for name in ("fit", "predict_proba", "get_params") if not hasattr(built, name)]
    if lacking:
        return f"{found} without {' and '.join(lacking)}; return a Pipeline that ends in a classifier"
    try:
        check_is_fitted(built)
    except NotFittedError:
        return None
    return f"{found} that is fitted already; return it unfitted, training fits it"


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
