"""The tables that a query reads, by the names that other producers give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from openlineage.client.naming.dataset import Postgres
from openlineage_sql import parse

from mlops.openlineage.naming import Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from openlineage_sql import DbTableMeta


class Database(NamedTuple):
    """Where a query runs, from an Airflow connection.

    :param kind: the connection's type.
    :param host: the server; for a file its path.
    :param port: the server's port; None for the usual one.
    :param database: the name of the database.
    """

    kind: str
    host: str
    port: int | None = None
    database: str = ""


def tables_of(query: str, database: Database) -> list[Name]:
    """Return the tables that a query reads, sorted; none where it can't be understood.

    :param query: its text, with ``:from`` and ``:to``.
    :param database: where it runs.
    """
    found = parse([query], dialect=_DIALECTS.get(database.kind, "generic"))
    name = _NAMINGS.get(database.kind, _other)
    return sorted(name(database, table) for table in (found.in_tables if found else ()))


def _postgres(database: Database, table: DbTableMeta) -> Name:
    """Return the name of a table; one without a schema lies in ``public``, as far as anyone can tell."""
    naming = Postgres(
        database.host, str(database.port or 5432),
        table.database or database.database or "postgres", table.schema or "public", table.name,
    )  # fmt: skip
    return Name(naming.get_namespace(), naming.get_name())


def _other(database: Database, table: DbTableMeta) -> Name:
    """Return the name of a table of a database that the specification does not list."""
    port = f":{database.port}" if database.port else ""
    parts = (table.database or database.database, table.schema, table.name)
    return Name(f"{database.kind}://{quote(database.host)}{port}", ".".join(part for part in parts if part))


_DIALECTS = {"postgres": "postgres", "mysql": "mysql", "sqlite": "sqlite", "snowflake": "snowflake"}
_NAMINGS: dict[str, Callable[[Database, DbTableMeta], Name]] = {"postgres": _postgres}
