"""PostgreSQL through psycopg or psycopg2: server-side cursors, one snapshot, and a digest of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from mlops.hooks.sql.engines.base import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIMES = {1114: "timestamp", 1184: "timestamp with time zone"}
# Object ids of types: pg_type.dat. Those of a database's own types, such as enums, begin at 16384.
_TYPES = {
    16: "boolean", 20: "integer", 21: "integer", 23: "integer", 26: "integer", 700: "real", 701: "float",
    18: "text", 19: "text", 25: "text", 1042: "text", 1043: "text", 2950: "uuid", 1082: "date", **_TIMES,
    17: "bytea", 114: "json", 790: "money", 1083: "time", 1186: "interval", 1266: "time with time zone",
    3802: "jsonb",
}  # fmt: skip
_NUMERIC, _UNSTATED, _OWN = 1700, 65535, 16384
_DIGESTS_SINCE = 110_000  # hashtextextended, PostgreSQL 11
# So that the text of a row, which the digest is of, does not depend on the server's or the role's settings.
_SETTINGS = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
}


class Postgres(Engine):
    """A PostgreSQL server."""

    def begin(self, timezone: str, timeout_seconds: int) -> None:
        """Begin a transaction that only reads, and that sees one snapshot of the data throughout."""
        with self.connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            settings = {"TimeZone": timezone, "statement_timeout": f"{timeout_seconds}s", **_SETTINGS}
            for name, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, true)", (name, value))

    def cursor(self) -> Any:
        """Return a cursor that stays on the server, from where rows come batch by batch."""
        return self.connection.cursor(name=f"mlops_{uuid4().hex}")

    def _type(self, column: Sequence[Any]) -> str | None:
        code, precision, scale = column[1], column[4], column[5]
        if code == _NUMERIC:
            stated = precision is not None and precision != _UNSTATED
            return "whole" if stated and scale == 0 else "decimal"
        return None if code >= _OWN else _TYPES.get(code, f"of object id {code}")

    def day(self, column: str, found: str | None) -> str:
        """Return the day as a date, in the session's time zone."""
        return f"CAST({column} AS date)" if found in _TIMES.values() else column

    def digest(self, row: str) -> str | None:
        """Return two sums over the rows of hashes of 64 bits each, with different seeds."""
        info = getattr(self.connection, "info", None)
        if info is None or info.server_version < _DIGESTS_SINCE:
            return None
        hashes = [f"sum(hashtextextended(CAST({row} AS text), {seed})::numeric)" for seed in (0, 1)]
        return " || ',' || ".join(f"coalesce({one}, 0)::text" for one in hashes)
