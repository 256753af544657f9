"""A model whose source is a query: what its folder says of it, and what the query has to give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.data.schema import table_columns
from include.data.sources.sql_types import ResultColumn, check_types, find_column
from include.errors import DataError
from include.names import shown
from include.onboarding.source import Files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.onboarding.look import Look

QUERY = "queries/features.sql"
"""Where the query lies in the model's folder."""


@dataclass(frozen=True, kw_only=True)
class Queried:
    """A query, and its rows as they are now.

    :param file: the query.
    :param text: its content.
    :param connection: id of the Airflow connection to the database.
    :param columns: its columns.
    :param rows: Parquet file with all of its rows.
    """

    file: Path
    text: str
    connection: str
    columns: tuple[ResultColumn, ...]
    rows: Path

    @property
    def files(self) -> Files:
        """The rows as a table that can be looked at."""
        return Files(paths=(self.rows,), format="parquet", origin=str(self.file))

    def lines(self, found: Look) -> list[str]:
        """Return the lines of the section ``source``.

        :param found: what was found in the rows.
        """
        moments = found.moments
        zone = f", timezone: {moments.timezone}" if moments.type == "timestamp" else ""
        column = "'" + moments.column.replace("'", "''") + "'"
        by = f"partition_by: {{column: {column}, every: {found.cut.every}}}"
        return [f"connection: {self.connection}", f"features: {{sql: {QUERY}, {by}{zone}}}"]

    def check(self, found: Look, config: ModelConfig) -> None:
        """Make sure that the query gives the columns as the model needs them: nothing is added to its rows.

        :param found: what was found in the rows.
        :param config: the configuration that follows.
        :raises DataError: it does not; the message says what to write.
        """
        if faults := list(_faults(found)):
            raise DataError(f"{self.file}: {'; '.join(faults)}")
        columns = table_columns(config, "features")
        named = [find_column(self.columns, one.name, str(self.file)) for one in columns]
        check_types(named, columns, str(self.file))


def _faults(found: Look) -> Iterator[str]:
    for one, what in ((found.entity, "whom a row is about"), (found.row, "one row from another")):
        if one is not None and one.derived:
            yield f"found no column that tells {what}; select one that stays the same, such as a primary key"
    if found.target.meaning:
        name = found.target.column
        yield (
            f"found {shown(name)} with other values than 0 and 1 ({found.target.meaning}); write CASE WHEN "
            f"... THEN 1 ELSE 0 END AS {name}"
        )
    column = found.columns[found.moments.column]
    if column.kind in {"number", "text"}:
        yield f"found {column.kind}s in {shown(column.name)} ({found.moments.note}); select a date"
