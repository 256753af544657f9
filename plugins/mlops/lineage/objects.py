"""The object store, only read from: a local folder without Airflow, a bucket through the hook.

A folder needs no credentials, so nothing of Airflow is needed to read it, and importing Airflow takes longer
than the whole answer. How a bucket is reached (roles, endpoints, secrets) only Airflow's connection knows.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pyarrow.parquet as pq

from include.errors import ConfigError, DataError
from include.provenance.stamps import check_stamp
from include.scoring.predictions import explained_predictions, stamp_of
from mlops.hooks.environment import MARK_FILE, check_store_mark, current_environment
from mlops.hooks.plain_connection import find_connection
from mlops.hooks.storage_failures import storage_errors
from mlops.hooks.store_root import check_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

    from include.scoring.predictions import Stamp
    from mlops.hooks.object_store import ObjectStoreHook

T = TypeVar("T")
_REQUESTS = 16  # to a bucket at a time


class Objects(Protocol):
    """What lineage asks an object store; keys are relative to its root."""

    root: str
    """URI of the root."""

    def exists(self, key: str) -> bool:
        """Return whether there is an object."""

    def read_text(self, key: str) -> str | None:
        """Return a text; None where there is none."""

    def below(self, prefix: str) -> list[str]:
        """Return the keys of all objects below a folder, however deep, sorted."""

    def open(self, key: str) -> Any:
        """Return a context with a binary file that can seek."""

    def many(self, ask: Callable[[str], T], keys: Iterable[str]) -> list[T]:
        """Return what a function answers for each key; of a bucket several at a time."""


def open_objects(conn_id: str) -> Objects:
    """Return the object store behind a connection.

    :param conn_id: the connection.
    :raises ConfigError: it has no usable root, or belongs to another environment than this process.
    """
    root = check_root(str(find_connection(conn_id).extra_dejson.get("root") or ""), conn_id)
    if root.startswith("file://"):
        folder = Folder(root, conn_id)
        if current_environment():
            check_store_mark(read_json(folder, MARK_FILE), root, conn_id)
        return folder
    from mlops.hooks.object_store import ObjectStoreHook

    return Bucket(root, ObjectStoreHook(conn_id))


def read_json(objects: Objects, key: str) -> Any | None:
    """Return a JSON document; None where there is none.

    :raises DataError: it is damaged.
    """
    text = objects.read_text(key)
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise DataError(f"{objects.root}/{key} is not valid JSON: {error}") from error


def read_stamp_of(objects: Objects, key: str) -> Stamp:
    """Return the stamp of a file of predictions; of a large file only its end is read.

    :raises DataError: it is not a file of predictions, or its stamp is not one of this project's.
    """
    where = f"{objects.root}/{key}"
    with explained_predictions(Path(where)), objects.open(key) as file:
        return check_stamp(stamp_of(pq.read_metadata(file).metadata, where), where)


def key_within(objects: Objects, text: str) -> str:
    """Return the object key that a key, a URI or a path names.

    :param objects: the object store.
    :param text: what somebody typed.
    :raises ConfigError: it lies outside of the store.
    """
    root = objects.root
    if text.startswith(f"{root}/"):
        return text.removeprefix(f"{root}/")
    if root.startswith("file://") and text.startswith(f"{root.removeprefix('file://')}/"):
        return text.removeprefix(f"{root.removeprefix('file://')}/")
    if "://" in text or text.startswith("/") or ".." in text.split("/"):
        raise ConfigError(
            f"There is no file {text!r} here, and it does not lie in the object store {root}: expected a "
            "local file, an object key (models/MODEL/predictions/2005-09-30/v1-0b3c5c4a6d3e0f1b.parquet), "
            f"or a URI below {root}."
        )
    return text


class Folder:
    """An object store in a local folder.

    :param root: its URI.
    :param conn_id: the connection that names it, for messages.
    """

    def __init__(self, root: str, conn_id: str) -> None:
        self.root = root
        self._conn_id = conn_id
        self._folder = Path(root.removeprefix("file://"))

    def exists(self, key: str) -> bool:
        """Return whether there is an object."""
        with self._errors("look for", key):
            return (self._folder / key).is_file()

    def read_text(self, key: str) -> str | None:
        """Return a text; None where there is none."""
        with self._errors("read", key):
            try:
                return (self._folder / key).read_bytes().decode(errors="replace")
            except FileNotFoundError:
                return None

    def below(self, prefix: str) -> list[str]:
        """Return the keys of all objects below a folder."""
        top = self._folder / prefix
        with self._errors("list", prefix):
            return sorted(
                path.relative_to(self._folder).as_posix()
                for path in top.rglob("*")
                if not path.name.startswith(".") and path.is_file()
            )

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Yield an object as a file."""
        with (self._folder / key).open("rb") as file:
            yield file

    def many(self, ask: Callable[[str], T], keys: Iterable[str]) -> list[T]:
        """Return what a function answers for each key."""
        return [ask(key) for key in keys]

    def _errors(self, action: str, key: str) -> Any:
        return storage_errors(action, f"{self.root}/{key}", connection=self._conn_id)


class Bucket:
    """An object store in a bucket.

    :param root: its URI.
    :param hook: the hook behind its connection.
    """

    def __init__(self, root: str, hook: ObjectStoreHook) -> None:
        self.root = root
        self._hook = hook
        self._top = hook.root  # asked once: Airflow looks a connection up each time
        self._plain = root.partition("://")[2]

    def exists(self, key: str) -> bool:
        """Return whether there is an object; a prefix of others is none."""
        with self._errors("look for", key):
            try:
                return bool(self._top.fs.info(f"{self._plain}/{key}")["type"] == "file")
            except FileNotFoundError:
                return False

    def read_text(self, key: str) -> str | None:
        """Return a text; None where there is none."""
        with self._errors("read", key):
            try:
                content: bytes = (self._top / key).read_bytes()
            except FileNotFoundError:
                return None
        return content.decode(errors="replace")

    def below(self, prefix: str) -> list[str]:
        """Return the keys of all objects below a prefix: a request for every thousand, however deep."""
        with self._errors("list", prefix):
            self._top.fs.invalidate_cache()
            found = self._top.fs.find(f"{self._plain}/{prefix}")
        return sorted(str(path).removeprefix(f"{self._plain}/") for path in found)

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Yield an object as a file."""
        with self._errors("read", key), self._top.fs.open(f"{self._plain}/{key}", "rb") as file:
            yield file

    def many(self, ask: Callable[[str], T], keys: Iterable[str]) -> list[T]:
        """Return what a function answers for each key, several at a time."""
        with ThreadPoolExecutor(_REQUESTS) as pool:
            return list(pool.map(ask, keys))

    def _errors(self, action: str, key: str) -> Any:
        return storage_errors(action, f"{self.root}/{key}", connection=self._hook.conn_id)
