"""SQLite databases that somebody may have open."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def copy_database(source: Path, target: Path) -> None:
    """Make a database a copy of another, in one transaction: whoever has it open sees the copy from then on.

    :param source: the file to copy.
    :param target: the file that becomes the copy, there already or not.
    """
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
