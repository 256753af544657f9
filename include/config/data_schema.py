"""The part of ``model.yaml`` that says which data a model learns from: source, columns, window and split."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from include.config.base import ColumnName, ConnectionId, Count, Seed, StrictModel, Text
from include.config.joined_view import JoinedView
from include.errors import ConfigError

SourceFormat = Literal["csv", "parquet"]
Period = Literal["day", "week", "month"]
SourceKind = Literal["delivered files", "dated files", "query"]

_Column = ColumnName
# YAML knows lists only, hence strict=False on the tuple itself; its items stay strict.
_Columns = Annotated[tuple[_Column, ...], Field(strict=False)]


class PartitionBy(StrictModel):
    """How a table that holds all partitions is cut into them.

    :param column: the date, or the timestamp, that says to which partition a row belongs.
    :param every: how long the period of a partition is; a partition is named by the last day of it.
    """

    column: _Column
    every: Period


class Table(StrictModel):
    """Where one table comes from: from files (``uri`` and ``format``), or from a query (``sql``).

    :param uri: a path or URI; without a scheme, below the connection's root. It ends with ``/`` or with a
        name with ``*`` where a delivery is a folder of part files. Without ``partition_by`` it contains
        ``{partition}`` once.
    :param format: how the file, or each part file, is written.
    :param sql: a file of the model's folder with one query, which reads from ``:from`` on and before ``:to``.
    :param connection: id of the Airflow connection that leads to the table; that of the source by default.
    :param partition_by: how the partitions are cut out of a table that holds them all; None where each is
        delivered on its own.
    :param timezone: IANA name of the time zone in which a timestamp is on a day, and which one without a zone
        is in.
    :param lookback: of a query: so many of the newest partitions are looked through for restated rows; of
        older ones only the rows are counted.
    :param timeout_seconds: of a query: how long the database may take over one statement.
    """

    uri: Text | None = None
    format: SourceFormat | None = None
    sql: Text | None = None
    connection: ConnectionId | None = None
    partition_by: PartitionBy | None = None
    timezone: Text = "UTC"
    lookback: Count = 31
    timeout_seconds: Count = 600

    @property
    def kind(self) -> SourceKind:
        """Which kind of source it is: the key of its reader."""
        if self.sql is not None:
            return "query"
        return "delivered files" if self.partition_by is None else "dated files"

    @property
    def location(self) -> tuple[str, SourceFormat]:
        """The URI and the format of a table of files.

        :raises ConfigError: it is a query; the cross-checks let no table have neither.
        """
        if self.uri is None or self.format is None:
            raise ConfigError("the table has no uri and format in model.yaml; expected both for files")
        return self.uri, self.format


class LabelsTable(Table):
    """Where labels are delivered, where they have a table of their own.

    :param known_on: the column that says on which day a label became known; None where the name of the
        delivery does.
    """

    known_on: _Column | None = None


class Source(StrictModel):
    """Where the data comes from.

    :param connection: id of the Airflow connection that knows the root and the credentials.
    :param features: the table with one row per entity and observation date.
    :param labels: the table with the labels, or None when the features table holds the target column.
    """

    connection: ConnectionId
    features: Table
    labels: LabelsTable | None = None

    @property
    def tables(self) -> dict[str, Table]:
        """The configured tables by name."""
        return {"features": self.features, **({"labels": self.labels} if self.labels is not None else {})}


class Entity(StrictModel):
    """Who or what a row is about; rows of one entity never fall on both sides of a split."""

    column: _Column
    type: Literal["integer", "string"]


class Row(StrictModel):
    """What tells the rows of one delivery apart where an entity has several: rows are events.

    :param key: the column, one value for each row of a delivery; labels and predictions name it.
    """

    key: _Column
    type: Literal["integer", "string"]


class Time(StrictModel):
    """When a row was observed, or happened.

    :param type: ``date``, or ``timestamp`` where the time of day is known.
    :param timezone: IANA name of the zone whose clocks times without one are read from, and whose midnight
        ends a day.
    :param every: how long a delivery is: its rows are of the day, the week or the month that ends with the
        day it is named by.
    """

    column: _Column
    type: Literal["date", "timestamp"] = "date"
    timezone: Text = "UTC"
    every: Period = "day"


class Target(StrictModel):
    """What is predicted: a column, or whether an event comes within a horizon.

    :param column: the column of 0 and 1, of classes or of numbers, as ``task`` says. With ``event`` it is not
        in the data, and named after both: ``churned_on_within_90_days``.
    :param event: the column with the date of the event, empty where there was none: 1 for rows that had it
        within the horizon, 0 for the others, and neither is known before the horizon is over.
    :param horizon_days: days from a row's own time within which the event counts; None without ``event``.
    :param classes: the values of the column where ``task`` is ``multiclass``, in the order of reports;
        otherwise empty.
    :param quantile: which quantile the metric ``pinball`` asks for.
    :param delay_days: days from an observation, or from the end of its horizon, until its label is known; 0
        by default where there is a horizon: then it is how late an event may be reported.
    :param min_coverage: share of a partition's rows whose label must be known before it is used to train or
        to evaluate.
    """

    column: _Column
    event: _Column | None = None
    horizon_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    classes: Annotated[tuple[Text, ...], Field(strict=False, max_length=100)] = ()
    quantile: Annotated[float, Field(gt=0, lt=1)] = 0.5
    delay_days: Annotated[int, Field(ge=0, le=36_500)]
    min_coverage: Annotated[float, Field(gt=0, le=1)] = 0.8

    @model_validator(mode="before")
    @classmethod
    def _name_outcome(cls, content: Any) -> Any:
        """Give the target of an event its name, and no reporting lag unless one is written."""
        if not isinstance(content, dict) or not isinstance(content.get("event"), str):
            return content
        within = f"{content['event']}_within_{content.get('horizon_days')}_days"
        return {"column": within, "delay_days": 0, **content}

    @property
    def days_until_known(self) -> int:
        """Days from an observation until its label is known."""
        return (self.horizon_days or 0) + self.delay_days

    @property
    def delivered_column(self) -> str:
        """The column of the data that labels follow from: the event's, or the target itself."""
        return self.event or self.column


class Weight(StrictModel):
    """How much each row counts, in fitting and in every metric: a number of 0 or more, such as an exposure.

    :param column: a column of the features table that the estimator is not given. What it is measured in
        makes no difference.
    """

    column: _Column


class Features(StrictModel):
    """The columns the estimator sees, in the order it sees them: numeric first, then categorical.

    :param allow_dominant: those that may nearly make up the model alone, because somebody made sure that they
        are known at the time of the row.
    :param views: the feature views whose columns are among them, at the end of either kind; the file names
        their columns, and :mod:`include.config.views.resolve` adds the rest.
    """

    numeric: _Columns = ()
    categorical: _Columns = ()
    allow_dominant: _Columns = ()
    views: dict[str, JoinedView] = Field(default={})


class Sensitive(StrictModel):
    """A feature whose groups are evaluated apart.

    :param bands: for a numeric column the increasing cuts between groups, in its own unit; otherwise empty.
    """

    bands: Annotated[tuple[float, ...], Field(strict=False)] = ()


class Window(StrictModel):
    """What a run learns from: the newest ``partitions`` with known labels, ``min_rows`` rows at least."""

    partitions: Count
    min_rows: Count


class Split(StrictModel):
    """How the test set is held out.

    :param test_share: share of entities in the test set.
    :param out_of_time: whether the test set is taken from the newest partitions alone, and training ends
        before they begin.
    :param seed: salt of the hash that assigns entities.
    :param rotation: share of the held-out entities that is replaced when another model becomes champion. The
        test set holds the others: whom both the champion's training and the candidate's left out. Above a
        half nothing more would be fresh, and less would be tested.
    """

    test_share: Annotated[float, Field(gt=0, lt=1)]
    out_of_time: bool
    seed: Seed
    rotation: Annotated[float, Field(ge=0, le=0.5)] = 0.25
