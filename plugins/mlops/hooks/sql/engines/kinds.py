"""The databases that can do more than PEP 249 says, by the module of their driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.hooks.sql.engines.base import Engine
from mlops.hooks.sql.engines.duckdb import DuckDb
from mlops.hooks.sql.engines.postgres import Postgres
from mlops.hooks.sql.engines.sqlite import Sqlite

if TYPE_CHECKING:
    from types import ModuleType

ENGINES: dict[str, type[Engine]] = {
    "_duckdb": DuckDb,
    "duckdb": DuckDb,
    "psycopg": Postgres,
    "psycopg2": Postgres,
    "sqlite3": Sqlite,
}


def find_engine(module: ModuleType | None, connection: Any, quotes: str) -> Engine:
    """Return how a connection is used.

    :param module: of its driver, or None.
    :param connection: as the Airflow hook gives it.
    :param quotes: how the Airflow hook puts a name into quotes.
    """
    return ENGINES.get(module.__name__ if module else "", Engine)(connection, quotes)
