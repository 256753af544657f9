"""The object store: a local folder or a bucket, the same calls for both."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import ObjectStoragePath

from include.data.ingest.partitions import PLACEHOLDER
from include.errors import ConfigError, DataError, StorageError
from include.strict_json import to_json
from mlops.hooks.connected import ConnectedHook
from mlops.hooks.listing import ls, name_pattern, walk
from mlops.hooks.storage_failures import storage_errors
from mlops.hooks.store_root import check_root, explain_path, explain_uri

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from airflow.sdk import Connection

    from mlops.hooks.listing import Entry

_CHUNK = 8 * 1024 * 1024


class ObjectStoreHook(ConnectedHook):
    """Reads and writes files below the root that an Airflow connection names.

    The connection's extra holds ``root`` (``file:///srv/mlops`` or ``s3://bucket/prefix``). For S3 the
    connection is of type ``aws``, so that endpoint, region and credentials are the ones every other Airflow
    operator uses.

    :param conn_id: Airflow connection with the root in its extra.
    :raises ConfigError: the connection has no usable root.
    """

    default_conn_name = "object_store_default"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id

    @property
    def connection(self) -> Connection:
        """The Airflow connection behind this hook."""
        return self.get_connection(self.conn_id)

    @property
    def root(self) -> ObjectStoragePath:
        """Where everything of this store lies."""
        extra = self.connection.extra_dejson
        return self._path(check_root(str(extra.get("root") or ""), self.conn_id))

    def resolve(self, uri: str) -> ObjectStoragePath:
        """Return the path of a URI: as it is when it has a scheme, below the root otherwise.

        :param uri: of a file, or with ``{partition}`` or ``*`` in it, of several.
        :raises ConfigError: it leaves the root, or would not be found again as it is written.
        """
        plain = uri.replace("*", "").replace(PLACEHOLDER, "")
        if "://" in uri:
            problem = explain_uri(plain)
            if problem:
                raise ConfigError(
                    f"{uri!r} (connection {self.conn_id!r}) can't be used: {problem}. Correct it."
                )
            return self._path(uri)
        if uri.startswith("/") or ".." in uri.split("/"):
            raise ConfigError(
                f"{uri!r} leaves the root of connection {self.conn_id!r}; name a path below it."
            )
        root = self.root
        problem = explain_path(plain, root.protocol)
        if problem:
            raise ConfigError(
                f"{uri!r} below the root of connection {self.conn_id!r} can't be used: {problem}. Correct it."
            )
        return root / uri

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
        with self._errors("write", path):
            if path.protocol == "file":
                with local.open("rb") as source:
                    self._write_local(Path(path.path), source)
            else:
                path.fs.put_file(str(local), strip_scheme(path))

    def write_text(self, path: ObjectStoragePath, text: str) -> None:
        """Write a small text atomically."""
        with self._errors("write", path):
            if path.protocol == "file":
                self._write_local(Path(path.path), text)
            else:
                path.write_bytes(text.encode())

    def write_json(self, path: ObjectStoragePath, value: Any) -> None:
        """Write a JSON document atomically, keys sorted, so that equal values are equal bytes."""
        self.write_text(path, to_json(value, indent=1, sort_keys=True) + "\n")

    def create_json(self, path: ObjectStoragePath, value: Any) -> bool:
        """Write a JSON document where there is none; return whether it was this call that wrote it.

        Of several writers at once one succeeds: on a file system always, in a bucket where the server knows
        conditional writes (AWS does; one that does not lets the last one win).
        """
        text = to_json(value, indent=1, sort_keys=True) + "\n"
        with self._errors("write", path):
            try:
                if path.protocol == "file":
                    self._write_local(Path(path.path), text, replace=False)
                else:
                    path.fs.pipe_file(strip_scheme(path), text.encode(), mode="create")
            except FileExistsError:
                return False
        return True

    def create_file(self, local: Path, path: ObjectStoragePath) -> bool:
        """Put a local file where there is none; what it returns, and when, is said in :meth:`create_json`."""
        with self._errors("write", path):
            try:
                if path.protocol == "file":
                    with local.open("rb") as source:
                        self._write_local(Path(path.path), source, replace=False)
                else:
                    path.fs.put_file(str(local), strip_scheme(path), mode="create")
            except FileExistsError:
                return False
        return True

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
                f"{plain_uri(path)} is no JSON: {error}. Remove it, and clear the task that wrote it and "
                f"those after it."
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
        """Return the paths that match a pattern, without their scheme, newest listing, sorted.

        :param pattern: a path below the root in which ``*`` stands for anything within one name.
        """
        path, root = strip_scheme(pattern), f"{strip_scheme(self.root)}/"
        fixed = root if path.startswith(root) else ""
        *names, last = path.removeprefix(fixed).split("/")
        known = list(itertools.takewhile(lambda name: "*" not in name, names))
        base = f"{fixed}{'/'.join(known)}"
        patterns = [name_pattern(name) for name in [*names[len(known) :], last]]
        return sorted(entry.path for entry in self.walk(base, pattern, patterns))

    def walk(
        self, base: str, place: ObjectStoragePath, patterns: Sequence[re.Pattern[str]]
    ) -> tuple[Entry, ...]:
        """Return what lies below a folder, as :func:`mlops.hooks.listing.walk` does, from a newest listing.

        :param base: the folder, without a scheme.
        :param place: a path of the same file system, to be named in messages.
        :param patterns: what the name on each level must match.
        """
        with self._errors("list", place):
            place.fs.invalidate_cache()
            return tuple(walk(place.fs, base, patterns))

    def entries(self, folder: ObjectStoragePath) -> tuple[Entry, ...]:
        """Return what lies in a folder, from a newest listing; nothing where it is not there."""
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

    def _errors(self, action: str, place: object) -> AbstractContextManager[None]:
        return storage_errors(action, place, connection=self.conn_id)

    def _path(self, uri: str) -> ObjectStoragePath:
        # A plain folder needs no credentials; looking them up would ask for a connection type that knows
        # files.
        path = ObjectStoragePath(uri, conn_id=None if uri.startswith("file://") else self.conn_id)
        if strip_scheme(path).rstrip("/") != uri.partition("://")[2].rstrip("/"):
            raise ConfigError(
                f"{uri!r} (connection {self.conn_id!r}) would be read as {plain_uri(path)!r}. Use "
                "another name."
            )
        return path

    @staticmethod
    def _write_local(target: Path, content: Any, *, replace: bool = True) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            with temporary.open("wb") as stream:
                if isinstance(content, str):
                    stream.write(content.encode())
                else:
                    shutil.copyfileobj(content, stream, _CHUNK)
                stream.flush()
                os.fsync(stream.fileno())
            if replace:
                temporary.replace(target)
            else:
                os.link(temporary, target)  # fails where the target exists
        finally:
            temporary.unlink(missing_ok=True)


def strip_scheme(path: ObjectStoragePath) -> str:
    """Return a path as its file system lists it: ``/a/b`` for a folder, ``bucket/a/b`` for a bucket."""
    return str(path.path) if path.protocol == "file" else f"{path.bucket}/{path.key}"


def plain_uri(path: ObjectStoragePath) -> str:
    """Return a path as other programs write it, without the Airflow connection in it."""
    return f"{path.protocol}://{strip_scheme(path)}"
