"""What an example says of itself: where its deliveries come from, and which days are worth a look."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from include.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date


@dataclass(frozen=True, kw_only=True)
class Example:
    """A model whose data is in this repository, or in a package that it needs anyway.

    :param model: the model, a folder below ``include/models``.
    :param deliver: writes every delivery of up to a day (None: all) below a folder, leaves alone those that
        are there with the same bytes, and returns their files.
    :param first_day: ISO date as of which ``make demo`` trains the first champion.
    :param why: what is special about that day.
    :param days: ISO dates that ``make replay`` walks, oldest first.
    """

    model: str
    deliver: Callable[[Path, date | None], list[Path]]
    first_day: str
    why: str
    days: tuple[str, ...]


def read_rows(path: Path, sha256: str) -> list[dict[str, str]]:
    """Return the rows of a packed CSV file in its order, after checking that it is the one that was expected.

    :param path: the file, in ASCII, packed by gzip.
    :param sha256: digest of the file.
    :raises DataError: it can't be read, or it is another file.
    """
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: can't be read ({error.strerror}); restore it from git") from error
    found = hashlib.sha256(packed).hexdigest()
    if found != sha256:
        raise DataError(f"{path}: sha256 is {found}, expected {sha256}; restore it from git")
    with gzip.open(io.BytesIO(packed), "rt", encoding="ascii", newline="") as lines:
        return list(csv.DictReader(lines))


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file so that no reader ever sees a part of it; return whether its bytes had to change.

    :param path: the file; its folder is made where it is missing.
    :param content: all of it.
    :raises StorageError: it can't be written.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as partial:
            try:
                partial.write(content)
                partial.flush()
                os.fsync(partial.fileno())
                Path(partial.name).chmod(0o644)
                Path(partial.name).replace(path)
            except BaseException:
                Path(partial.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise StorageError(
            f"{path}: can't be written ({error.strerror}); nothing was left half done"
        ) from error
    return True
