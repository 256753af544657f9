"""A hook behind a connection with a root: where an object lies, from its key or its URI."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from airflow.sdk import ObjectStoragePath

from include.data.sources.layout import without_placeholders
from include.errors import ConfigError
from mlops.hooks.connected import ConnectedHook
from mlops.hooks.object_path import plain_uri, strip_scheme
from mlops.hooks.storage_failures import storage_errors
from mlops.hooks.store_root import check_root, explain_path, explain_uri

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from airflow.sdk import Connection


class RootedHook(ConnectedHook):
    """Resolves object keys below the root that the extra of an Airflow connection names.

    :param conn_id: Airflow connection with ``root`` in its extra.
    """

    default_conn_name = "object_store_default"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id

    @property
    def connection(self) -> Connection:
        """The Airflow connection behind this hook."""
        return self.get_connection(self.conn_id)

    @cached_property
    def root(self) -> ObjectStoragePath:
        """The root of this store."""
        extra = self.connection.extra_dejson
        return self._path(check_root(str(extra.get("root") or ""), self.conn_id))

    def resolve(self, uri: str) -> ObjectStoragePath:
        """Return the path of a URI: as it is when it has a scheme, below the root otherwise.

        :param uri: of a file, or with ``{partition}`` or ``*`` in it, of several.
        :raises ConfigError: it leaves the root, or would not be found again as it is written.
        """
        plain = without_placeholders(uri.replace("*", ""))
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

    def _errors(self, action: str, path: object) -> AbstractContextManager[None]:
        return storage_errors(action, path, connection=self.conn_id)

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
