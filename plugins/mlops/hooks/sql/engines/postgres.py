"""PostgreSQL through psycopg or psycopg2: server-side cursors, one snapshot, and a digest of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from include.data.sources.sql_types import ResultColumn
from mlops.hooks.sql.engines.base import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIMES = {1114: "timestamp", 1184: "timestamp with time zone"}
# Object ids of types: pg_type.dat. Those that are no column of a table here are asked for by name.
_TYPES = {
    16: "boolean", 20: "integer", 21: "integer", 23: "integer", 26: "integer", 700: "real", 701: "float",
    18: "text", 19: "text", 25: "text", 1042: "text", 1043: "text", 2950: "uuid", 1082: "date", **_TIMES,
}  # fmt: skip
_NUMERIC, _UNSTATED = 1700, 65535
_TEXTS = "ES"  # pg_type.typcategory: enums, and texts such as citext
_NAMES = (
    "SELECT CAST(oid AS bigint), typcategory, format_type(oid, NULL) FROM pg_type WHERE oid = ANY(%s::oid[])"
)
_DIGESTS_SINCE = 110_000  # hashtextextended, PostgreSQL 11
_WATCHES_SINCE = 140_000  # client_connection_check_interval, PostgreSQL 14
_WATCHED_EVERY = "10s"
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
        """Begin a transaction that only reads, and that sees one snapshot of the data throughout.

        The server looks now and then whether this process still lives, and ends its query where it does not.
        """
        self.connection.autocommit = False  # the connection's extra may say otherwise
        with self.connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            settings = {"TimeZone": timezone, "statement_timeout": f"{timeout_seconds}s", **_SETTINGS}
            if self._version >= _WATCHES_SINCE:
                settings["client_connection_check_interval"] = _WATCHED_EVERY
            for name, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, true)", (name, value))

    def cursor(self) -> Any:
        """Return a cursor that stays on the server, from where rows come batch by batch.

        Its rows are tuples, whatever kind of cursor the connection's extra asks for.
        """
        return self.connection.cursor(name=f"mlops_{uuid4().hex}", **self._tuples)

    def types(self, description: Sequence[Sequence[Any]]) -> tuple[ResultColumn, ...]:
        """Return names and types of a result's columns; the server names those that not every server has."""
        others = sorted({one[1] for one in description} - {_NUMERIC, *_TYPES})
        named: dict[int, str] = {}
        if others:
            with self.connection.cursor(**self._tuples) as cursor:
                cursor.execute(_NAMES, (others,))
                for code, category, name in cursor.fetchall():
                    named[code] = "text" if category in _TEXTS else str(name)
        return tuple(ResultColumn(str(one[0]), self._type(one) or named.get(one[1])) for one in description)

    @property
    def _version(self) -> int:
        info = getattr(self.connection, "info", None)
        return int(info.server_version) if info is not None else 0

    @property
    def _tuples(self) -> dict[str, Any]:
        """What makes a cursor one of tuples."""
        if type(self.connection).__module__.startswith("psycopg2"):
            from psycopg2.extensions import cursor  # noqa: PLC0415 - one of two drivers

            return {"cursor_factory": cursor}
        from psycopg.rows import tuple_row  # noqa: PLC0415 - one of two drivers

        return {"row_factory": tuple_row}

    def _type(self, column: Sequence[Any]) -> str | None:
        code, precision, scale = column[1], column[4], column[5]
        if code == _NUMERIC:
            stated = precision is not None and precision != _UNSTATED
            return "whole" if stated and scale == 0 else "decimal"
        return _TYPES.get(code)

    def day(self, column: str, found: str | None) -> str:
        """Return the day as a date, in the session's time zone."""
        return f"CAST({column} AS date)" if found in _TIMES.values() else column

    def digest(self, row: str) -> str | None:
        """Return two sums over the rows of hashes of 64 bits each, with different seeds."""
        if self._version < _DIGESTS_SINCE:
            return None
        hashes = [f"sum(hashtextextended(CAST({row} AS text), {seed})::numeric)" for seed in (0, 1)]
        return " || ',' || ".join(f"coalesce({one}, 0)::text" for one in hashes)
