"""What an ``estimator.py`` is made of: the files it may read or import, and the libraries it uses.

Nothing is imported to find out. What lies in the model's folder counts as a whole, since code that knows
``__file__`` can read anything there; what is imported from elsewhere below ``include/models`` is followed.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from functools import cache
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

from include.config.config_errors import PROJECT_ROOT
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

ESTIMATOR_FILE = "estimator.py"
# They say what to train on and what must hold, and have digests of their own, or they are for people.
_APART = {"model.yaml", "contract.yaml"}
# A query says which rows there are. Other rows are other snapshots, which have digests of their own; the same
# rows make the same model, however the query is written.
_NO_CODE = {".md", ".rst", ".ipynb", ".sql"}
_OWN = {"include", "mlops"}


def estimator_files(folder: Path) -> tuple[Path, ...]:
    """Return every file that a model's code may depend on, ``estimator.py`` among them, sorted.

    Left out are ``model.yaml`` and ``contract.yaml``, what is written for people (``.md``, ``.rst``,
    ``.ipynb``), queries (``.sql``), names that begin with a dot, ``__pycache__``, and an ``__init__.py``
    without code.

    :param folder: such as ``include/models/credit_risk``.
    """
    found = {path for path in _inside(folder) if _counts(path)}
    waiting = [path for path in found if path.suffix == ".py"]
    while waiting:
        path = waiting.pop()
        for other in _imported_files(path, folder.parent):
            if other not in found and _counts(other):
                found.add(other)
                waiting.append(other)
    return tuple(sorted(found))


def files_digest(folder: Path, estimator: bytes) -> str:
    """Return one sha256 for all of :func:`estimator_files`.

    Of an ``estimator.py`` that stands alone it is that of the file.

    :param folder: such as ``include/models/credit_risk``.
    :param estimator: content of its ``estimator.py``.
    """
    own = hashlib.sha256(estimator).hexdigest()
    root = folder.parent
    others = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in estimator_files(folder)
        if path != folder / ESTIMATOR_FILE
    }
    if not others:
        return own
    content = to_json({"estimator": own, "others": others}, sort_keys=True)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def imported_distributions(folder: Path, modules: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the installed distributions that a model's code imports, sorted by name.

    :param folder: such as ``include/models/credit_risk``.
    :param modules: names of modules that are known to be used besides, such as those of the pipeline's steps.
    """
    names = {name.partition(".")[0] for name in modules}
    for path in estimator_files(folder):
        if path.suffix == ".py":
            names |= {module.partition(".")[0] for module, level in _imports(path) if not level}
    names -= _OWN | set(sys.stdlib_module_names)
    known = _distributions()
    return tuple(sorted({known[name][0] for name in names if name in known}, key=str.lower))


@cache
def _distributions() -> Mapping[str, list[str]]:
    """Return the distributions that hold each module: half a second, and the same while a process lives."""
    return packages_distributions()


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, hidden ones and bytecode aside."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:  # the file that matters is read by name, and its absence told there
        return
    for path in entries:
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _inside(path)
        elif path.is_file():
            yield path


def _counts(path: Path) -> bool:
    """Tell whether a file can bear on the model."""
    if path.name in _APART or path.suffix in _NO_CODE:
        return False
    return path.name != "__init__.py" or _has_code(path)


def _has_code(path: Path) -> bool:
    """Tell whether a module is more than its docstring."""
    tree = _parse(path)
    return tree is None or any(
        not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in tree.body
    )


def _parse(path: Path) -> ast.Module | None:
    """Return a module's syntax tree; None where it can't be read, which its import will tell."""
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each imported module with its level: 0 for an absolute import, the number of dots for others."""
    tree = _parse(path)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            yield base, node.level
            yield from ((f"{base}.{alias.name}".strip("."), node.level) for alias in node.names)


def _imported_files(path: Path, root: Path) -> Iterator[Path]:
    """Yield the files below ``root`` that a module imports: modules, and the packages they are in."""
    prefix = _dotted(root)
    for module, level in _imports(path):
        if level:
            start = path.parent
            for _ in range(level - 1):
                start = start.parent
            if start != root and root not in start.parents:
                continue
            parts = [part for part in module.split(".") if part]
        elif prefix and module.startswith(f"{prefix}."):
            start, parts = root, module.removeprefix(f"{prefix}.").split(".")
        else:
            continue
        for end in range(1, len(parts) + 1):
            place = start.joinpath(*parts[:end])
            yield from (
                found for found in (place.with_suffix(".py"), place / "__init__.py") if found.is_file()
            )


def _dotted(root: Path) -> str:
    """Return the name under which a folder of the project is imported; empty for one elsewhere."""
    full = root.resolve()
    return ".".join(full.relative_to(PROJECT_ROOT).parts) if full.is_relative_to(PROJECT_ROOT) else ""
