"""Write one file that is there whole or not at all."""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from include.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OS_ERROR = re.compile(r"\(os error (\d+)\)")


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Yield the path of a temporary file; it gets its final name when the block ends without an error.

    :param target: path of the finished file; its folder is made, an older file is replaced in one step.
    :raises StorageError: the disk is full or can't take the file. Nothing is left behind.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(target, error) from error
    try:
        yield temporary
        temporary.replace(target)
    except OSError as error:
        raise storage_error(target, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def storage_error(path: Path, error: OSError) -> StorageError:
    """Return the error for a disk that failed.

    :param path: what was being written or read.
    :param error: the error of the operating system.
    """
    reason = error.strerror or str(error)
    return StorageError(
        f"{path}: {reason}. Nothing was left behind; the task is retried. If it keeps failing, free space on "
        "that disk or raise its quota."
    )


def as_os_error(error: Exception) -> OSError | None:
    """Return the operating system's error that an engine has wrapped in one of its own, or None.

    :param error: such as polars' ``ComputeError`` with ``No space left on device (os error 28)``.
    """
    if isinstance(error, OSError):
        return error
    number = _OS_ERROR.search(str(error))
    return (
        OSError(int(number[1]), str(error).partition(" (os error")[0].rpartition(": ")[2]) if number else None
    )
