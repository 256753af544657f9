"""What can be said about a source from its URIs alone: which partition each one is."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from include.errors import ConfigError, DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACEHOLDER = "{partition}"

_SIDE_FILES = ("_", ".")  # of Spark, Hive and file systems
_UNDER_WAY = "_temporary"  # Spark's, until _SUCCESS is there
_UNFINISHED = ("._COPYING_", ".part", ".tmp", ".filepart", ".inprogress", ".crdownload")
_TABLE_FORMATS = {"_delta_log": "Delta Lake", ".hoodie": "Hudi"}

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def parse_partition(name: str) -> date:
    """Return the date that names a partition.

    :param name: such as ``2005-04-30``; only this form, so that names sort as dates do.
    :raises ValueError: anything else.
    """
    if not _ISO_DATE.fullmatch(name):
        raise ValueError(f"{name!r} is not an ISO date such as 2005-04-30")
    try:
        return date.fromisoformat(name)
    except ValueError as error:
        raise ValueError(f"{name!r} is not a day of the calendar ({error})") from error


def part_pattern(template: str) -> str | None:
    """Return what the names of part files match, where a delivery is a folder of them; None for one file.

    :param template: URI or path with ``{partition}``: ``accounts/{partition}/`` for every file in a folder,
        ``accounts/{partition}/*.csv`` for those of a name.
    """
    last = template.rpartition("/")[2]
    return last or "*" if "*" in last or not last else None


def delivery_template(template: str) -> str:
    """Return the part of a template that leads to a delivery: to one file, or to a folder of part files.

    :param template: as for :func:`part_pattern`.
    """
    return template if part_pattern(template) is None else template.rpartition("/")[0]


def check_parts(names: Iterable[str], folders: Iterable[str], template: str, origin: str) -> list[str]:
    """Return the part files of a delivery in the order in which they are read: by name.

    What writers leave beside their files is left out: names that begin with ``_`` or ``.`` and checksums.

    :param names: of the files in the delivery's folder.
    :param folders: names of the folders in it.
    :param template: pattern of the part files, in which ``*`` stands for anything.
    :param origin: URI of the delivery, for messages.
    :raises DataError: there is no part file, or the folder is something else than a delivery's.
    :raises StorageError: somebody is still writing it.
    """
    names, folders = set(names), set(folders)
    tables = sorted(folders & set(_TABLE_FORMATS))
    if tables:
        raise DataError(
            f"{origin} is a {_TABLE_FORMATS[tables[0]]} table, whose files alone don't say which rows are "
            "current. Deliver an export of it: plain Parquet or CSV files in a folder for each partition."
        )
    if (_UNDER_WAY in folders and "_SUCCESS" not in names) or any(
        name.endswith(_UNFINISHED) for name in names
    ):
        raise StorageError(f"{origin} is still being written: it has unfinished files. The task is retried.")
    inner = sorted(name for name in folders if not name.startswith(_SIDE_FILES))
    if inner:
        raise DataError(
            f"{origin} contains the folder {inner[0]!r}; expected only part files. Deliver them in one "
            "folder, or correct the uri in model.yaml."
        )
    files = sorted(name for name in names if not name.startswith(_SIDE_FILES) and not name.endswith(".crc"))
    pattern = re.compile(".*".join(map(re.escape, template.split("*"))), re.DOTALL)
    parts = [name for name in files if pattern.fullmatch(name)]
    if not parts:
        found = f"only {len(files)} others, such as {files[0]!r}" if files else "and no other file either"
        raise DataError(
            f"{origin} has no part file that matches {template!r}, {found}. Deliver the files, remove "
            "the folder, or correct the uri in model.yaml."
        )
    return parts


def list_partitions(paths: Iterable[str], template: str) -> dict[str, str]:
    """Return the deliveries among these paths: partition to path, oldest first.

    A template without a scheme or leading ``/`` is matched at the end of each path. Paths of another form (a
    README, a marker file) are not deliveries and are left out; the same path listed twice counts once.

    :param paths: URIs or paths, in any order.
    :param template: URI or path with one ``{partition}``, which stands for an ISO date within one path
        segment.
    :raises ConfigError: the template does not hold the placeholder exactly once.
    :raises DataError: a delivery is named by something else than an ISO date, or two paths are the same
        partition.
    """
    before, after = _cut(template)
    anchored = bool(_SCHEME.match(template)) or template.startswith("/")
    pattern = re.compile(
        ("" if anchored else "(?:.*/)?") + re.escape(before) + "(?P<partition>[^/]+)" + re.escape(after),
        re.DOTALL,
    )
    found: dict[str, str] = {}
    for path in sorted(set(paths)):
        match = pattern.fullmatch(path)
        if match is None:
            continue
        partition = match["partition"]
        try:
            parse_partition(partition)
        except ValueError as error:
            raise DataError(
                f"{path}: {error}. A partition of {template} is named by the day of its delivery: rename it, "
                "or move it out of the source."
            ) from error
        if partition in found:
            raise DataError(
                f"partition {partition} was delivered twice, as {found[partition]} and as {path}; expected "
                f"one file that matches {template}: remove the wrong one."
            )
        found[partition] = path
    return dict(sorted(found.items()))


def _cut(template: str) -> tuple[str, str]:
    """Return what stands before and after the placeholder."""
    parts = template.split(PLACEHOLDER)
    if len(parts) != 2:  # noqa: PLR2004 - one placeholder makes two parts
        raise ConfigError(
            f"source uri {template!r} contains {PLACEHOLDER} {len(parts) - 1} times; expected it exactly "
            f"once, such as accounts/as_of={PLACEHOLDER}/accounts.csv"
        )
    return parts[0], parts[1]
