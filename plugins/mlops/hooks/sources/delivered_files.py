"""A file or a folder for each delivery, below a folder or a bucket that somebody else writes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from include.data.sources.layout import (
    delivery_template,
    list_partitions,
    names_a_day,
    part_pattern,
    walk_levels,
)
from include.strict_json import to_json
from mlops.hooks.object_path import plain_uri, strip_scheme
from mlops.hooks.object_store import ObjectStoreHook
from mlops.hooks.sources.base import Delivery, TableSource
from mlops.hooks.sources.reading import read_file, read_parts

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import ObjectStoragePath

    from mlops.hooks.sources.base import TableSettings


class DeliveredFiles(TableSource):
    """A file for each partition, or a folder of part files, which somebody else writes to a folder or bucket.

    Its connection is an Airflow connection with ``root`` in its extra, as for the object store.
    """

    def __init__(self, settings: TableSettings) -> None:
        super().__init__(settings)
        self.store = ObjectStoreHook(settings.connection, marked=False)
        self._uri, self._fmt = settings.table.location
        self._listed: dict[str, str] = {}

    def describe(self) -> str:
        """Return the URI of the table."""
        return plain_uri(self.store.resolve(self._uri))

    def partitions(self) -> dict[str, str]:
        """Return partition (ISO date) to URI of everything that is delivered now.

        The URI of a folder of part files ends with ``/``, or with the pattern of their names.
        """
        resolved = self.store.resolve(self._uri)
        template = delivery_template(_literal(resolved, self._uri))
        parts = part_pattern(self._uri)
        end = "" if parts is None else f"/{'' if parts == '*' else parts}"
        matched = list_partitions(self._delivered(resolved, template, parts is not None), template)
        self._listed = {day: f"{resolved.protocol}://{path}{end}" for day, path in matched.items()}
        return self._listed

    def fetch(self, partition: str, scratch: Path) -> Delivery:
        """Return a delivery on local disk with the digest of its bytes.

        :param partition: ISO date, from :meth:`partitions`.
        :param scratch: folder for copies.
        :raises DataError: it is gone, or a folder where a file was expected, or the other way round.
        :raises StorageError: it changed while it was read, so somebody is still writing it.
        """
        uri = self._listed[partition]
        folder, _, last = uri.rpartition("/")
        if part_pattern(self._uri) is not None:
            return self._fetch_parts(folder, last or "*", uri, scratch)
        read = read_file(self.store, self.store.resolve(uri), scratch)
        return Delivery(uri=uri, files=(read.file,), origins=(uri,), sha256=read.sha256, fmt=self._fmt)

    def _fetch_parts(self, folder: str, pattern: str, uri: str, scratch: Path) -> Delivery:
        read = read_parts(self.store, self.store.resolve(folder), pattern, scratch)
        content = to_json([[one.name, one.sha256] for one in read])
        return Delivery(
            uri=uri,
            files=tuple(one.file for one in read),
            origins=tuple(one.uri for one in read),
            sha256=hashlib.sha256(content.encode()).hexdigest(),
            fmt=self._fmt,
        )

    def _delivered(self, path: ObjectStoragePath, template: str, in_folders: bool) -> list[str]:
        """Return the paths that may be deliveries, in the newest listing.

        :param path: the table's URI, resolved.
        :param template: path with placeholders.
        :param in_folders: whether each delivery is a folder; a file beside them counts if a date names it.
        """
        base, levels = walk_levels(template)
        return [
            entry.path
            for entry in self.store.walk(base, path, levels)
            if not in_folders or entry.is_folder or names_a_day(entry.path, template)
        ]


def _literal(path: ObjectStoragePath, uri: str) -> str:
    """Return a resolved template as text, with the ``/`` at its end that a path loses."""
    literal = strip_scheme(path).rstrip("/")
    return f"{literal}/" if uri.endswith("/") else literal
