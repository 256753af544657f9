"""List the files below a folder, level by level, by patterns of their names.

fsspec's own ``glob`` and ``find`` take a ``[`` in a root for a pattern, and a folder that may not be read for
an empty one.
"""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something that was listed.

    :param path: as the file system lists it, without a scheme.
    :param is_folder: whether it is a folder, or stands for the objects below a prefix.
    :param state: what changes when it is written: size, time, an object's tag.
    """

    path: str
    is_folder: bool
    state: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def name_pattern(name: str) -> re.Pattern[str]:
    """Return what matches a name in which ``*`` stands for anything; other signs stand for themselves."""
    return re.compile(".*".join(re.escape(part) for part in name.split("*")), re.DOTALL)


def split_pattern(pattern: str, *, root: str) -> tuple[str, list[re.Pattern[str]]]:
    """Return the folder where a pattern begins, and what the name on each level below it must match.

    :param pattern: a path in which ``*`` stands for anything within one name.
    :param root: the folder that is taken literally where the pattern begins with it.
    """
    fixed = f"{root}/" if pattern.startswith(f"{root}/") else ""
    *names, last = pattern.removeprefix(fixed).split("/")
    known = list(itertools.takewhile(lambda name: "*" not in name, names))
    base = f"{fixed}{'/'.join(known)}"
    return base, [name_pattern(name) for name in [*names[len(known) :], last]]


def walk(file_system: Any, base: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[Entry]:
    """Yield the entries as many levels below a folder as there are patterns, sorted by name.

    :param file_system: of fsspec.
    :param base: the folder, taken literally; one that is not there holds nothing.
    :param patterns: what the name on each level must match as a whole.
    :raises OSError: the file system failed, or may not be read.
    """
    pattern, *deeper = patterns
    for entry in ls(file_system, base):
        if not pattern.fullmatch(entry.name):
            continue
        if not deeper:
            yield entry
        elif entry.is_folder:
            yield from walk(file_system, entry.path, deeper)


def ls(file_system: Any, folder: str) -> list[Entry]:
    """Return the entries of a folder, sorted by name; none if it does not exist or is a file.

    :param file_system: of fsspec.
    :param folder: as the file system lists it.
    :raises OSError: the file system failed, or may not be read.
    """
    try:
        found = file_system.ls(folder, detail=True, refresh=True)
    except (FileNotFoundError, NotADirectoryError) as error:
        if "bucket does not exist" in str(error):
            raise
        return []
    entries = [_entry(one) for one in found]
    own = folder.rstrip("/")
    return sorted((one for one in entries if one.path != own and one.name), key=lambda one: one.name)


def _entry(info: dict[str, Any]) -> Entry:
    path = str(info["name"])
    written = [info.get(key) for key in ("size", "mtime", "ETag", "LastModified")]
    return Entry(
        path=path.rstrip("/"),
        is_folder=info["type"] == "directory" or bool(info.get("islink") and os.path.isdir(path)),  # noqa: PTH112
        state=tuple(str(one) for one in written),
    )
