"""SQLite, which has no dates: it keeps them as ISO text, and its driver tells no types."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from mlops.hooks.sql.engines.base import Engine

if TYPE_CHECKING:
    from datetime import date


class Sqlite(Engine):
    """A file of SQLite."""

    wrong = (sqlite3.OperationalError,)

    def begin(self, timezone: str, timeout_seconds: int) -> None:  # noqa: ARG002 - as any engine
        """Refuse what writes."""
        self.connection.execute("PRAGMA query_only = ON")

    def bind(self, day: date, found: str | None, timezone: str) -> Any:  # noqa: ARG002 - as any engine
        """Return ISO text: of the same day, ``2024-01-31`` sorts before ``2024-01-31 10:00:00``."""
        return day.isoformat()
