"""The object store: a local folder or a bucket, the same calls for both."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.deployment.mark import Mark
from include.errors import ConfigError, DataError, StorageError
from include.strict_json import to_json
from mlops.hooks.environment import MARK_FILE, check_store, current_environment
from mlops.hooks.listing import ls, split_pattern, walk
from mlops.hooks.local_files import write_atomically
from mlops.hooks.object_path import plain_uri, strip_scheme
from mlops.hooks.rooted import RootedHook
from mlops.hooks.storage_failures import is_taken

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from airflow.sdk import ObjectStoragePath

    from mlops.hooks.listing import Entry


class ObjectStoreHook(RootedHook):
    """Reads and writes files below the root that an Airflow connection names.

    The connection's extra holds ``root`` (``file:///srv/mlops`` or ``s3://bucket/prefix``). For S3 the
    connection is of type ``aws``, so that endpoint, region and credentials are the ones every other Airflow
    operator uses.

    :param conn_id: Airflow connection with the root in its extra.
    :param marked: whether it belongs to an environment; a source does not.
    :raises ConfigError: the connection has no usable root.
    """

    def __init__(self, conn_id: str = RootedHook.default_conn_name, *, marked: bool = True) -> None:
        super().__init__(conn_id)
        self._checked = not marked

    @property
    def root(self) -> ObjectStoragePath:
        """The root of this store.

        :raises ConfigError: it belongs to another environment than this process works in.
        """
        if not self._checked and current_environment() is not None:
            check_store(super().root, self.read_json, self.conn_id)
            self._checked = True
        return super().root

    def mark(self, environment: str) -> None:
        """Mark the store as one of an environment, unless it bears a mark.

        :param environment: name of the environment.
        """
        self.create_json(super().root / MARK_FILE, Mark(environment=environment).to_dict())

    def exists(self, path: ObjectStoragePath) -> bool:
        """Return whether there is a file."""
        with self._errors("look for", path):
            return bool(path.exists())

    def local_path(self, path: ObjectStoragePath, scratch: Path) -> Path:
        """Return a local file with what ``path`` holds: itself when local, else a copy in ``scratch``."""
        if path.protocol == "file":
            return Path(path.path)
        scratch.mkdir(parents=True, exist_ok=True)
        target = scratch / f"{uuid.uuid4().hex}-{path.name}"
        with self._errors("read", path):
            path.fs.get_file(strip_scheme(path), str(target))
        return target

    def upload(self, local: Path, path: ObjectStoragePath) -> None:
        """Put a local file at ``path``; whoever reads it sees the old content or the new, never a part."""
        self._put(path, local, replace=True)

    def write_text(self, path: ObjectStoragePath, text: str) -> None:
        """Write a small text atomically."""
        self._put(path, text, replace=True)

    def write_json(self, path: ObjectStoragePath, value: Any) -> str:
        """Write a JSON document atomically, keys sorted, so that equal values are equal bytes.

        :return: SHA-256 of the bytes.
        """
        text = _as_json(value)
        self._put(path, text, replace=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def create_json(self, path: ObjectStoragePath, value: Any) -> bool:
        """Write a JSON document where there is none; return whether this call wrote it.

        If several callers write at once, one succeeds: on a file system always, in a bucket if the server
        supports conditional writes (AWS does; on one that does not, the last one wins).
        """
        return self._put(path, _as_json(value), replace=False)

    def create_file(self, local: Path, path: ObjectStoragePath) -> bool:
        """Put a local file where there is none; returns what :meth:`create_json` returns."""
        return self._put(path, local, replace=False)

    def read_json(self, path: ObjectStoragePath) -> Any | None:
        """Return a JSON document, or None where there is none.

        :raises DataError: it is damaged.
        """
        with self._errors("read", path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        try:
            return json.loads(content)
        except ValueError as error:
            raise DataError(
                f"{plain_uri(path)} is not valid JSON: {error}. Remove it, then clear the task that "
                "wrote it and those after it."
            ) from error

    def require_json(self, path: ObjectStoragePath) -> Any:
        """Return a JSON document that an earlier task wrote.

        :raises DataError: it is not there.
        """
        found = self.read_json(path)
        if found is None:
            raise DataError(f"{plain_uri(path)} is gone. Clear the task that wrote it, and those after it.")
        return found

    def remove(self, path: ObjectStoragePath) -> None:
        """Remove a file; one that is not there is no error."""
        with self._errors("remove", path):
            if path.protocol == "file":
                Path(path.path).unlink(missing_ok=True)
            elif path.exists():
                path.fs.rm_file(strip_scheme(path))  # not rm, which expands patterns

    def list(self, pattern: ObjectStoragePath) -> list[str]:
        """Return the paths that match a pattern, without their scheme, from a new listing, sorted.

        :param pattern: a path below the root in which ``*`` stands for anything within one name.
        """
        base, patterns = split_pattern(strip_scheme(pattern), root=strip_scheme(self.root))
        return sorted(entry.path for entry in self.walk(base, pattern, patterns))

    def walk(
        self, base: str, path: ObjectStoragePath, patterns: Sequence[re.Pattern[str]]
    ) -> tuple[Entry, ...]:
        """Return what lies below a folder, as :func:`mlops.hooks.listing.walk` does, from a new listing.

        :param base: the folder, without a scheme.
        :param path: a path of the same file system, named in messages.
        :param patterns: what the name on each level must match.
        """
        with self._errors("list", path):
            path.fs.invalidate_cache()
            return tuple(walk(path.fs, base, patterns))

    def entries(self, folder: ObjectStoragePath) -> tuple[Entry, ...]:
        """Return what lies in a folder, from a new listing; nothing where it does not exist."""
        with self._errors("list", folder):
            folder.fs.invalidate_cache()
            return tuple(ls(folder.fs, strip_scheme(folder)))

    def is_folder(self, path: ObjectStoragePath) -> bool:
        """Return whether there is a folder, or objects below a prefix."""
        with self._errors("look for", path):
            return bool(path.fs.isdir(strip_scheme(path)))

    def test_connection(self) -> tuple[bool, str]:
        """Write, read and remove a small file."""
        try:
            trial = self.root / f".connection-test-{uuid.uuid4().hex}"
            self.write_text(trial, "ok")
            with self._errors("read", trial):
                trial.read_bytes()
            self.remove(trial)
        except (ConfigError, StorageError) as error:
            return False, str(error)
        return True, f"{plain_uri(self.root)} can be written and read"

    def _put(self, path: ObjectStoragePath, content: str | Path, *, replace: bool) -> bool:
        """Write a text, or a copy of a local file; return False where it exists and is not to be replaced."""
        with self._errors("write", path):
            try:
                if path.protocol == "file":
                    write_atomically(Path(path.path), content, replace=replace)
                elif isinstance(content, Path):
                    mode = "overwrite" if replace else "create"
                    path.fs.put_file(str(content), strip_scheme(path), mode=mode)
                elif replace:
                    path.write_bytes(content.encode())
                else:
                    path.fs.pipe_file(strip_scheme(path), content.encode(), mode="create")
            except OSError as error:
                if replace or not is_taken(error):
                    raise
                return False
        return True


def _as_json(value: Any) -> str:
    return to_json(value, indent=1, sort_keys=True) + "\n"
