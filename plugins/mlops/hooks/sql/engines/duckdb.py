"""DuckDB: each of its cursors is a connection of its own, whose rows stream."""

from __future__ import annotations

from typing import Any

from mlops.hooks.sql.engines.base import Engine


class DuckDb(Engine):
    """A file of DuckDB, or what it reaches through its extensions."""

    _timezone = "UTC"

    def begin(self, timezone: str, timeout_seconds: int) -> None:  # noqa: ARG002 - as any engine
        """Note the time zone; a transaction begins with each cursor."""
        self._timezone = timezone

    def plain_cursor(self) -> Any:
        """Return a cursor as any other."""
        return self.cursor()

    def cursor(self) -> Any:
        """Return a cursor within a transaction that only reads."""
        cursor = self.connection.cursor()
        cursor.execute("SET TimeZone = ?", (self._timezone,))
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        self.running = cursor
        return cursor
