"""What names a partition, and which files in the folder of a delivery are its part files."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from include.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIDE_FILES = ("_", ".")  # of Spark, Hive and file systems
_UNDER_WAY = "_temporary"  # Spark's, until _SUCCESS is there
_UNFINISHED = ("._COPYING_", ".part", ".tmp", ".filepart", ".inprogress", ".crdownload")
_TABLE_FORMATS = {"_delta_log": "Delta Lake", ".hoodie": "Hudi"}

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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
