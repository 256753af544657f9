"""The place where data is delivered: a folder or a bucket that somebody else writes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.errors import DataError, StorageError
from mlops.hooks.object_store import ObjectStoreHook, plain_uri, strip_scheme
from mlops.hooks.storage_failures import storage_errors

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import Source, Table


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivered file, readable on local disk.

    :param uri: where it was delivered.
    :param file: local file with its bytes: the file itself, or a copy of the object.
    :param sha256: digest of the bytes.
    """

    uri: str
    file: Path
    sha256: str


class SourceHook:
    """Lists and reads the deliveries of one model.

    :param source: the ``source`` section of ``model.yaml``; its connection is an Airflow connection with
        ``root`` in its extra, as for the object store.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.store = ObjectStoreHook(source.connection)

    @property
    def tables(self) -> dict[str, Table]:
        """The configured tables by name."""
        labels = {"labels": self.source.labels} if self.source.labels is not None else {}
        return {"features": self.source.features, **labels}

    def describe(self) -> str:
        """Return the source as a message should name it."""
        return plain_uri(self.store.resolve(self.source.features.uri))

    def partitions(self) -> dict[str, dict[str, str]]:
        """Return table to partition (ISO date) to URI of everything that is delivered now."""
        from include.data.sources import PLACEHOLDER, list_partitions

        found = {}
        for name, table in self.tables.items():
            template = self.store.resolve(table.uri)
            paths = self.store.list(self.store.resolve(table.uri.replace(PLACEHOLDER, "*")))
            matched = list_partitions(paths, strip_scheme(template))
            found[name] = {day: f"{template.protocol}://{path}" for day, path in matched.items()}
        return found

    def fetch(self, uri: str, scratch: Path) -> Delivery:
        """Return a delivery on local disk with the digest of its bytes.

        :raises DataError: it is gone.
        :raises StorageError: it changed while it was read, so somebody is still writing it.
        """
        path = self.store.resolve(uri)
        if not self.store.exists(path):
            raise DataError(f"{uri} is gone: it was listed a moment ago. Deliver it again.")
        file = self.store.local_path(path, scratch)
        before = file.stat()
        with storage_errors("read", uri, connection=self.source.connection), file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        after = file.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise StorageError(
                f"{uri} changed while it was read: is it still being written? The task is retried."
            )
        return Delivery(uri=plain_uri(path), file=file, sha256=digest)
