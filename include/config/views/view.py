"""The schema of ``include/features/<view>.yaml``: values of one table, which models share as features."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PrivateAttr

from include.config.base import ColumnName, ConnectionId, StrictModel, Text
from include.config.data_schema import Table
from include.config.joined_view import Clock, Duration, KeyType, ViewKind


class ViewSource(Table):
    """Where a view is delivered: what a table of ``model.yaml`` says, and the connection.

    :param connection: id of the Airflow connection that knows the root and the credentials.
    """

    connection: ConnectionId


class View(StrictModel):
    """One view: the content of its file. The file's name is the view's.

    :param description: what the values say, for people who look for a feature.
    :param owner: whom to ask.
    :param source: where it is delivered.
    :param columns: column to kind.

    The other keys are those of :class:`include.config.joined_view.JoinedView`.
    """

    description: Annotated[Text, Field(max_length=2000)]
    owner: Annotated[Text, Field(max_length=100)]
    source: ViewSource
    key: Annotated[dict[ColumnName, KeyType], Field(min_length=1)]
    event_time: Clock
    known_at: Clock | None = None
    delay: Duration | None = None
    same_day: bool = False
    announced: bool = False
    max_age: Duration | None = None
    columns: Annotated[dict[ColumnName, ViewKind], Field(min_length=1)]
    _query: str | None = PrivateAttr(default=None)

    @property
    def query(self) -> str | None:
        """The query of ``source.sql``, as it was when the file was read."""
        return self._query

    def attach_query(self, query: str | None) -> None:
        """Keep the query.

        :param query: its text.
        """
        self._query = query
