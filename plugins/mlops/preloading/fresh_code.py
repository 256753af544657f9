"""This project's own modules, preloaded for tasks, and forgotten in each task that finds a file changed.

A task imports a hundred or more modules of ``include`` and ``mlops``. They may be loaded before it is forked,
as long as it runs the code that lies on the disk when it begins. So every fork compares all files with what
they were before they were loaded; if anything differs, it forgets all of them and imports anew, as if nothing
had been preloaded. What models bring along (``include/models``) is never preloaded.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger(__name__)

PACKAGES = ("include", "mlops")
# Code of models, made-up data, command lines, and what other processes of Airflow load.
_LEFT_TO_TASKS = ("include.models", "include.examples", "mlops.cli", "mlops.api_server")


class FileState(NamedTuple):
    """What changes when a file is written, replaced or touched: none of them stays the same through an edit.

    :param changed: time of the last change of content or name, in nanoseconds; no program can set it back.
    :param modified: time of the last change of content, in nanoseconds.
    :param size: bytes.
    :param inode: number of the file on its disk.
    """

    changed: int
    modified: int
    size: int
    inode: int


def preload() -> int:
    """Import the project's modules and let each fork of this process check them; return their number."""
    roots = {name: _root(name) for name in PACKAGES}
    before = file_states(roots.values())
    loaded = [name for name in module_names(roots) if _imported(name)]
    os.register_at_fork(
        after_in_child=lambda: None if in_task() else forget_if_changed(roots.values(), before)
    )
    return len(loaded)


def in_task() -> bool:
    """Return whether this is a task, or was forked by one: what has begun goes on with what it has loaded."""
    runner = sys.modules.get("airflow.sdk.execution_time.task_runner")
    return getattr(runner, "SUPERVISOR_COMMS", None) is not None  # as mlops.hooks.connected


def forget_if_changed(roots: Iterable[Path], before: dict[str, FileState]) -> bool:
    """Forget all modules of the project if one of its files is not as it was; return whether that was so.

    :param roots: the folders of the packages.
    :param before: what :func:`file_states` returned before the modules were imported.
    """
    try:
        now = file_states(roots)
    except OSError:
        forget()  # somebody is just replacing the folder: what is there now is not what was loaded
        return True
    if now == before:
        return False
    for file, state in now.items():
        if before.get(file) != state:
            _drop_bytecode(file)
    forget()
    return True


def _drop_bytecode(file: str) -> None:
    """Remove the bytecode of a file, which Python takes for that of any other of the same size and second."""
    if file.endswith(".py"):
        with suppress(OSError):
            Path(cache_from_source(file)).unlink()


def forget() -> None:
    """Take the project's modules out of this process; whoever imports them next reads the files."""
    for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
        del sys.modules[name]
    importlib.invalidate_caches()


def file_states(roots: Iterable[Path]) -> dict[str, FileState]:
    """Return the state of every file below some folders, by its path: of modules, and of what they may read.

    Left out are what Python keeps for itself, and the folders of models.

    :param roots: the folders.
    :raises OSError: one can't be read.
    """
    found: dict[str, FileState] = {}
    folders = [str(root) for root in roots]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name not in {"__pycache__", "models"}:
                        folders.append(entry.path)
                else:
                    state = entry.stat()
                    found[entry.path] = FileState(
                        state.st_ctime_ns, state.st_mtime_ns, state.st_size, state.st_ino
                    )
    return found


def module_names(roots: dict[str, Path]) -> list[str]:
    """Return the names of the modules to preload, sorted.

    :param roots: the folder of each package.
    """
    names = []
    for package, root in roots.items():
        for file in root.rglob("*.py"):
            parts = [package, *file.relative_to(root).with_suffix("").parts]
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if not f"{name}.".startswith(tuple(f"{left}." for left in _LEFT_TO_TASKS)):
                names.append(name)
    return sorted(names)


def _root(package: str) -> Path:
    return Path(str(importlib.import_module(package).__file__)).parent


def _imported(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception as error:  # the task that needs it will meet the same, and say so
        log.warning("%s can't be preloaded: %s: %s", name, type(error).__name__, error)
        return False
    return True
