"""What a replay has computed, in a local folder, each thing under a digest of all it follows from.

Nothing in the folder has to be kept: whatever is missing is computed again, and comes out the same. Files are
written under another name and renamed, so several processes may share a folder, and be killed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import StorageError
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Part of every key: raised when what is kept, or how it is computed, changes in a way that no input shows.
_FORMAT = 1
_DIGITS = 32


def digest(*content: Any) -> str:
    """Return the key of what follows from JSON values: 32 hexadecimal digits."""
    canonical = to_json([_FORMAT, *content], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS]


class Cache:
    """A folder of files and JSON values by kind and key; also a memory of computed intervals.

    :param folder: made where it is missing.
    :raises StorageError: it can't be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._values: dict[tuple[str, str], Any] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"the replay's cache {folder} can't be made ({error}): name another with --cache"
            ) from error

    def file(self, kind: str, key: str, make: Callable[[Path], Any]) -> Path:
        """Return a file; make it where it is missing.

        :param kind: the folder it lies in, such as ``predictions``.
        :param key: from :func:`digest`.
        :param make: writes the file to a path that it is given.
        """
        path = self.folder / kind / key
        if path.exists():
            return path
        with self._alone(kind, key):
            if path.exists():  # another process has made it meanwhile
                return path
            path.parent.mkdir(parents=True, exist_ok=True)
            began = time.process_time()
            with tempfile.TemporaryDirectory(prefix=f".{key[:8]}-", dir=path.parent) as scratch:
                made = Path(scratch) / key
                make(made)
                made.replace(path)
            self._write("cost", f"{kind}-{key}", {"seconds": time.process_time() - began})
        return path

    def cost(self, kind: str, key: str) -> float:
        """Return how many seconds of CPU something took when it was computed; 0 where nobody knows."""
        return float((self._read("cost", f"{kind}-{key}") or {"seconds": 0.0})["seconds"])

    def value(self, kind: str, key: str, compute: Callable[[], Any]) -> Any:
        """Return a JSON value; compute it where it is missing, or can't be read.

        :param kind: the folder it lies in.
        :param key: from :func:`digest`.
        :param compute: returns the value, which is never None.
        """
        known = self._values.get((kind, key))
        if known is None:
            known = self._read(kind, key)
        if known is None:
            with self._alone(kind, key):
                known = self._read(kind, key)
                if known is None:
                    began = time.process_time()
                    known = compute()
                    self._write(kind, key, known)
                    self._write("cost", f"{kind}-{key}", {"seconds": time.process_time() - began})
        self._values[kind, key] = known
        return known

    def recall(self, key: str) -> Any | None:
        """Return what was kept under a key, None without any: a ``computed_once.Memory``."""
        return self._values.get(("computed", key)) or self._read("computed", key)

    def keep(self, key: str, content: Any) -> None:
        """Keep an interval."""
        self._values["computed", key] = content
        self._write("computed", key, content)

    @contextmanager
    def _alone(self, kind: str, key: str) -> Iterator[None]:
        """Let one process at a time compute a thing; whoever is killed lets go."""
        path = self.folder / "locks" / f"{kind}-{key}"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self, kind: str, key: str) -> Any | None:
        try:
            return json.loads((self.folder / kind / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def _write(self, kind: str, key: str, content: Any) -> None:
        path = self.folder / kind / f"{key}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(to_json(content), encoding="utf-8")
        partial.replace(path)
