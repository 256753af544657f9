"""Write a file on a local or shared disk: whole or not at all, and on the disk when the call returns."""

from __future__ import annotations

import os
import shutil
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 8 * 1024 * 1024


def write_atomically(target: Path, content: str | Path, *, replace: bool = True) -> None:
    """Write a file under a temporary name, then rename it.

    :param target: the file; its folder is created.
    :param content: a text, or a file to copy.
    :param replace: whether a file that exists is replaced.
    :raises FileExistsError: it exists, and is not to be replaced.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("wb") as stream:
            if isinstance(content, str):
                stream.write(content.encode())
            else:
                with content.open("rb") as source:
                    shutil.copyfileobj(source, stream, _CHUNK)
            stream.flush()
            os.fsync(stream.fileno())
        if replace:
            temporary.replace(target)
        else:
            os.link(temporary, target)  # fails where the target exists
    finally:
        temporary.unlink(missing_ok=True)
