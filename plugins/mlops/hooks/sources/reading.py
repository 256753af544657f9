"""Read a delivered file, or a folder of part files, as it was at one moment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.data.ingest.partitions import check_parts
from include.errors import DataError, StorageError
from mlops.hooks.object_path import plain_uri
from mlops.hooks.storage_failures import storage_errors

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import ObjectStoragePath

    from mlops.hooks.object_store import ObjectStoreHook


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """A file on local disk.

    :param uri: where it was delivered.
    :param file: the file itself where that is local, else a copy.
    :param sha256: digest of its bytes.
    :param state: its size and time when it was read.
    """

    uri: str
    file: Path
    sha256: str
    state: tuple[int, int]

    @property
    def name(self) -> str:
        """The last part of its URI."""
        return self.uri.rpartition("/")[2]

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was read.

        :raises StorageError: it was written since.
        """
        if not self.file.exists() or _state(self.file) != self.state:
            raise _changed(self.uri)


def read_file(store: ObjectStoreHook, path: ObjectStoragePath, scratch: Path) -> ReadFile:
    """Return a local file with what lies at a path, and its digest.

    :param store: whose connection leads there.
    :param path: of a file.
    :param scratch: folder for a copy.
    :raises DataError: there is none, or a folder.
    :raises StorageError: it changed while it was read, so somebody is still writing it.
    """
    uri = plain_uri(path)
    if not store.exists(path):
        raise DataError(f"{uri} is gone: it was listed a moment ago. Deliver it again.")
    if store.is_folder(path):
        raise DataError(
            f"{uri} is a folder; expected a file. If its files make one delivery, end the uri in "
            "model.yaml with '/' (all files in it) or '/*.csv', '/*.parquet'."
        )
    return _read(store, path, scratch)


def read_parts(
    store: ObjectStoreHook, folder: ObjectStoragePath, pattern: str, scratch: Path
) -> list[ReadFile]:
    """Return the part files of a folder, by name.

    :param store: whose connection leads there.
    :param folder: that holds them.
    :param pattern: of their names, in which ``*`` stands for anything.
    :param scratch: folder for copies.
    :raises DataError: there are none, or the folder is something else.
    :raises StorageError: it changed while it was read, so somebody is still writing it.
    """
    uri = plain_uri(folder)
    if store.exists(folder) and not store.is_folder(folder):
        raise DataError(
            f"{uri} is a file; expected a folder of part files, as the uri in model.yaml says. "
            "Deliver a folder, or name the file in model.yaml."
        )
    before = store.entries(folder)
    if not before:
        raise DataError(
            f"{uri} holds nothing: the folder is empty, or gone. Deliver its files, or remove it."
        )
    names = check_parts(
        (entry.name for entry in before if not entry.is_folder),
        (entry.name for entry in before if entry.is_folder),
        pattern,
        uri,
    )
    read = [_read(store, folder / name, scratch / f"part-{at}") for at, name in enumerate(names)]
    if store.entries(folder) != before:
        raise _changed(uri)
    return read


def _read(store: ObjectStoreHook, path: ObjectStoragePath, scratch: Path) -> ReadFile:
    uri = plain_uri(path)
    file = store.local_path(path, scratch)
    with storage_errors("read", uri, connection=store.conn_id):
        before = _state(file)
        with file.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        if before != _state(file):
            raise _changed(uri)
    return ReadFile(uri=uri, file=file, sha256=sha256, state=before)


def _state(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns


def _changed(uri: str) -> StorageError:
    return StorageError(f"{uri} changed while it was read: is it still being written? The task is retried.")
