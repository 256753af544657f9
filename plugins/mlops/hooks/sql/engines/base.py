"""Any database behind Airflow's ``DbApiHook``: what PEP 249 promises, and no more."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import date, datetime, time
from threading import Timer
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from include.data.sources.sql_types import ResultColumn, type_of_class, type_of_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Engine:
    """A connection to a database, and how it is used.

    :param connection: as the Airflow hook gives it.
    :param quotes: how the Airflow hook puts a name into quotes, with ``{}``.
    """

    wrong: tuple[type[BaseException], ...] = ()
    """Classes of errors that mean a wrong query, where the driver's names do not say so."""

    def __init__(self, connection: Any, quotes: str = '"{}"') -> None:
        self.connection = self.running = connection  # what is told to stop
        self._quotes = quotes

    def begin(self, timezone: str, timeout_seconds: int) -> None:  # noqa: ARG002 - for databases that can
        """Begin a transaction that only reads, where the database can.

        :param timezone: IANA name, in which the session's dates begin.
        :param timeout_seconds: how long a statement may take.
        """
        try:
            self.connection.cursor().execute("SET TRANSACTION READ ONLY")  # SQL:2023
        except Exception:  # it has no such statement
            with suppress(Exception):
                self.connection.rollback()

    def plain_cursor(self) -> Any:
        """Return a cursor that describes a result before any of its rows is fetched."""
        return self.connection.cursor()

    def cursor(self) -> Any:
        """Return a cursor whose rows are fetched while they are used, where the driver can."""
        return self.connection.cursor()

    def types(self, description: Sequence[Sequence[Any]]) -> tuple[ResultColumn, ...]:
        """Return names and types of a result's columns.

        :param description: of PEP 249.
        """
        return tuple(ResultColumn(str(one[0]), self._type(one)) for one in description)

    def _type(self, column: Sequence[Any]) -> str | None:
        code = column[1]
        if isinstance(code, type):
            return type_of_class(code)
        return None if code is None else type_of_word(getattr(code, "name", None) or str(code))

    def bind(self, day: date, found: str | None, timezone: str) -> Any:
        """Return the beginning of a day as the driver compares it with a column.

        :param day: the day.
        :param found: the column's type.
        :param timezone: IANA name.
        """
        if found == "timestamp with time zone":
            return datetime.combine(day, time.min, ZoneInfo(timezone))
        return datetime.combine(day, time.min) if found == "timestamp" else day

    def quote(self, name: str) -> str:
        """Return a column's name in quotes."""
        closing = self._quotes[-1]
        return self._quotes.format(name.replace(closing, closing * 2))

    def day(self, column: str, found: str | None) -> str:  # noqa: ARG002 - for databases that can
        """Return the SQL of a column's day, or of the column, whose days are then told apart here.

        :param column: SQL of the column.
        :param found: its type.
        """
        return column

    def digest(self, row: str) -> str | None:  # noqa: ARG002 - for databases that can
        """Return the SQL of an aggregate over rows that changes when any of them does, in any order, or None.

        :param row: SQL of a row: ``ROW(...)``.
        """
        return None

    @contextmanager
    def stopped_after(self, seconds: int) -> Iterator[list[bool]]:
        """Stop what runs within after so many seconds; what is given says whether that happened.

        :param seconds: the limit.
        """
        fired: list[bool] = []
        timer = Timer(seconds, self._stop, [fired])
        timer.daemon = True
        timer.start()
        try:
            yield fired
        finally:
            timer.cancel()

    def _stop(self, fired: list[bool]) -> None:
        fired.append(True)
        for name in ("cancel", "interrupt", "close"):
            stop = getattr(self.running, name, None)
            if callable(stop):
                with suppress(Exception):
                    stop()
                return

    def close(self) -> None:
        """End the transaction and the connection, whatever state they are in."""
        for end in ("rollback", "close"):
            with suppress(Exception):
                getattr(self.connection, end)()
