"""Write one file that is there whole or not at all, with its digest taken while the bytes pass by."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from include.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Buffer

_OS_ERROR = re.compile(r"\(os error (\d+)\)")


class DigestingWriter(io.RawIOBase):
    """A file that is only written, front to back.

    Taking the digest here instead of reading the file again saves a second pass over it.

    :param path: file to create; it must not exist.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.failure: OSError | None = None
        self.written = 0
        self._digest = hashlib.sha256()
        self._file = path.open("xb", buffering=0)

    def writable(self) -> bool:
        """Tell that this file takes bytes."""
        return True

    def write(self, data: Buffer, /) -> int:
        """Write all bytes, never only the first of them.

        :raises OSError: the disk did not take them; kept in ``failure``, since an engine may word it in its
            own way.
        """
        view = memoryview(data).cast("B")
        try:
            place = 0
            while place < len(view):
                place += self._file.write(view[place:])
        except OSError as error:
            self.failure = error
            raise
        self._digest.update(view)
        self.written += len(view)
        return len(view)

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self._file.close()
        super().close()

    @property
    def sha256(self) -> str:
        """Digest of all bytes written so far."""
        return self._digest.hexdigest()


@contextmanager
def whole_file(target: Path) -> Iterator[tuple[DigestingWriter, Path]]:
    """Give a writer and the temporary file behind it; the file gets its name when the block ends well.

    :param target: path of the finished file; its folder is made, an older file is replaced in one step.
    :raises StorageError: the disk is full or does not take the file. Nothing is left behind.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    writer: DigestingWriter | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        writer = DigestingWriter(temporary)
        yield writer, temporary
        writer.close()
        temporary.replace(target)
    except OSError as error:
        raise storage_error(target, error) from error
    finally:
        if writer is not None:
            writer.close()
            temporary.unlink(missing_ok=True)


def storage_error(path: Path, error: OSError) -> StorageError:
    """Return the error for a disk that failed.

    :param path: what was to be written or read.
    :param error: what the operating system said.
    """
    reason = error.strerror or str(error)
    return StorageError(
        f"{path}: {reason}. Nothing was left behind; the task is tried again. Free space or widen the quota "
        "on that disk if it keeps failing."
    )


def as_os_error(error: Exception) -> OSError | None:
    """Return the operating system's error that an engine wrapped into its own, or None.

    :param error: such as polars' ``ComputeError`` with ``No space left on device (os error 28)``.
    """
    if isinstance(error, OSError):
        return error
    number = _OS_ERROR.search(str(error))
    return (
        OSError(int(number[1]), str(error).partition(" (os error")[0].rpartition(": ")[2]) if number else None
    )
