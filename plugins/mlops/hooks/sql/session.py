"""One transaction with a database: a query within others, its rows as a stream."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowException

from include.data.sources.batches import BatchSize
from include.errors import ConfigError
from mlops.hooks.connected import ConnectedHook
from mlops.hooks.sql.engines.kinds import find_engine
from mlops.hooks.sql.failures import SqlErrors, secrets_of
from mlops.hooks.sql.parameters import find_module, find_style, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from include.config.sql.query import Bound, Query
    from include.data.sources.sql_types import ResultColumn
    from mlops.hooks.sql.engines.base import Engine
    from mlops.hooks.sql.parameters import Style


@dataclass(frozen=True)
class Session:
    """A transaction within which a query is run.

    :param engine: the database.
    :param style: how its driver wants parameters.
    :param query: the query.
    :param timezone: IANA name of the table's time zone.
    :param timeout_seconds: how long a statement may take.
    :param errors: turn what the database raises.
    """

    engine: Engine
    style: Style
    query: Query
    timezone: str
    timeout_seconds: int
    errors: SqlErrors

    def describe(self, days: Mapping[Bound, date]) -> tuple[ResultColumn, ...]:
        """Return the columns that the query has, without running more of it than the database must.

        :param days: the bounds.
        """
        bounds = {name: self.engine.bind(day, None, self.timezone) for name, day in days.items()}
        text, values = render("SELECT * FROM (\n", self.query, "\n) q WHERE 1 = 0", self.style, bounds)
        with self.errors.turned("describe the query", wrong=self.engine.wrong):
            cursor = self.engine.plain_cursor()
            with closing(cursor):
                with self._limited():
                    cursor.execute(text, values)
                return self.engine.types(cursor.description or ())

    def rows(
        self, select: str, then: str, days: Mapping[Bound, date], dated: str | None
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield rows, batch by batch.

        :param select: what is selected from ``q``, the query's rows.
        :param then: what follows the query: ``GROUP BY``, ``ORDER BY``.
        :param days: the bounds.
        :param dated: type of the column that they are compared with.
        """
        bounds = {name: self.engine.bind(day, dated, self.timezone) for name, day in days.items()}
        before = f"SELECT {select} FROM (\n"  # noqa: S608 - names of columns, quoted; never a value
        text, values = render(before, self.query, f"\n) q {then}", self.style, bounds)
        with (
            self.errors.turned("run the query", wrong=self.engine.wrong),
            closing(self.engine.cursor()) as cursor,
        ):
            with self._limited():
                cursor.execute(text, values)
            batch = BatchSize()
            while True:
                with self._limited():
                    found = cursor.fetchmany(batch.rows)
                if not found:
                    return
                batch.learn(found)
                yield found

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """Stop a statement that takes too long."""
        with self.engine.stopped_after(self.timeout_seconds) as fired:
            try:
                yield
            except Exception as error:
                if fired:
                    raise self.errors.too_long() from error
                raise


@contextmanager
def open_session(
    connection_id: str, query: Query, *, timezone: str, timeout_seconds: int, where: str
) -> Iterator[Session]:
    """Connect, and begin a transaction that only reads.

    :param connection_id: id of the Airflow connection.
    :param query: the query.
    :param timezone: IANA name of the table's time zone.
    :param timeout_seconds: how long a statement may take.
    :param where: the query, as messages name it.
    :raises ConfigError: there is no such connection, or none to a database, or it is refused.
    :raises StorageError: the database can't be reached.
    """
    hook = database_hook(connection_id)
    errors = SqlErrors(connection_id, where, secrets_of(hook.connection), timeout_seconds)
    with errors.turned("connect"):
        connection = hook.get_conn()
    module = find_module(connection)
    engine = find_engine(module, connection, hook.escape_word_format)
    try:
        with errors.turned("begin a transaction"):
            engine.begin(timezone, timeout_seconds)
        style = find_style(module, hook.placeholder)
        yield Session(engine, style, query, timezone, timeout_seconds, errors)
    finally:
        engine.close()


def database_hook(connection_id: str) -> Any:
    """Return Airflow's hook for a connection to a database.

    :param connection_id: id of the Airflow connection.
    :raises ConfigError: there is none, or its type is none of a database that is installed here.
    """
    connection = ConnectedHook.get_connection(connection_id)
    what = f"connection {connection_id!r} is of type {connection.conn_type!r}"
    remedy = (
        "Install the database's provider of Airflow (requirements-sql.txt has PostgreSQL's), or correct the "
        "connection that model.yaml names beside sql"
    )
    try:
        from airflow.providers.common.sql.hooks.sql import DbApiHook  # noqa: PLC0415 - with SQLAlchemy

        hook = connection.get_hook()  # type: ignore[no-untyped-call]
    except (AirflowException, ImportError) as error:
        raise ConfigError(f"{what}, for which no provider is installed. {remedy}.") from error
    if not isinstance(hook, DbApiHook):
        raise ConfigError(f"{what}, which is none of a database with SQL. {remedy}.")
    return hook
