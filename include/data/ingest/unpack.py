"""Read a file piece by piece, decompressed where it is compressed with gzip or zstd.

The compression is recognised from the first bytes, whatever the file's name. Nothing is decompressed onto a
disk, and no more than one piece is in memory: a small file that expands to terabytes only takes time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from include.data.atomic_file import storage_error
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIECE = 4 * 1024 * 1024
_CODECS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
# A zstd file may begin with a frame that holds no data, as those of a parallel or seekable archive do.
_SKIPPABLE = frozenset(bytes([0x50 + number, 0x2A, 0x4D, 0x18]) for number in range(16))


def find_codec(head: bytes) -> str | None:
    """Return what a file is compressed with, ``gzip`` or ``zstd``, or None.

    :param head: its first four bytes or more.
    """
    if head[:4] in _SKIPPABLE:
        return "zstd"
    return next((codec for signature, codec in _CODECS.items() if head.startswith(signature)), None)


def read_pieces(source: Path, origin: str) -> Iterator[bytes]:
    """Yield the content of a file in pieces of 4 MiB or less, decompressed.

    Several gzip members or zstd frames in a row are one content, as for ``gzip`` and ``zstd`` themselves.
    Their checksums are checked.

    :param source: local file.
    :param origin: URI to name in messages.
    :raises DataError: compressed content that is truncated, damaged, or followed by something else.
    :raises StorageError: the disk does not give the file.
    """
    codec = None
    try:
        with source.open("rb") as stream:
            codec = find_codec(stream.read(4))
            stream.seek(0)
            content = pa.CompressedInputStream(pa.PythonFile(stream, "r"), codec) if codec else stream
            while piece := content.read(PIECE):
                yield piece
    except OSError as error:
        if codec is None or error.errno is not None:
            raise storage_error(source, error) from error
        reason = str(error).splitlines()[0].rstrip(".")
        raise DataError(
            f"{origin}: can't be decompressed as {codec} ({reason}). It was truncated or damaged while it "
            "was written or copied, or other content follows. Deliver the complete file again."
        ) from error
