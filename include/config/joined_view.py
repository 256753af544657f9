"""What a model's configuration says of a feature view: all that decides which value a row gets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from include.config.base import ColumnName, StrictModel

if TYPE_CHECKING:
    from include.config.drift_statistics import Kind

ViewKind = Literal["numeric", "integer", "boolean", "category"]
KeyType = Literal["integer", "string"]

# What each kind is to an estimator; what it is stored as: include.data.views.columns.
FEATURE_KINDS: dict[ViewKind, Kind] = {
    "numeric": "numeric",
    "integer": "numeric",
    "boolean": "numeric",
    "category": "categorical",
}

AGE = "age_days"  # of a view's newest value, in a column besides; watched, and never shown to an estimator
SEPARATOR = "__"

Duration = Annotated[str, Field(pattern=r"^[0-9]{1,5}[dh]$")]


def joined_name(view: str, column: str) -> str:
    """Return what a column of a view is called in a model's features.

    :param view: the view's name, in which no two underscores follow each other.
    :param column: the column's name in the view.
    """
    return f"{view}{SEPARATOR}{column}"


def read_duration(text: str) -> timedelta:
    """Return how long ``90d`` or ``36h`` is.

    :param text: a whole number and ``d`` for days or ``h`` for hours.
    """
    count = int(text[:-1])
    return timedelta(days=count) if text.endswith("d") else timedelta(hours=count)


class Clock(StrictModel):
    """A column of a view that says when.

    :param type: ``date``, or ``timestamp``: an instant.
    :param timezone: IANA name of the zone in which the days of a date begin, and in which timestamps without
        a zone are meant.
    """

    column: ColumnName
    type: Literal["date", "timestamp"] = "date"
    timezone: str = "UTC"


class JoinedView(StrictModel):
    """One view as a model uses it: what its file says, and what ``features.views`` chose of it.

    :param key: column of the view to its type; together they say whose value it is.
    :param match: column of the view to the column of the model's rows that it has to equal.
    :param event_time: from when on a value holds.
    :param known_at: when it became known; None where that is the event time.
    :param delay: how much later it was really there, such as ``1d``; None for at once.
    :param same_day: whether a value of a day was there before the rows of that day.
    :param announced: whether values may become known before they hold.
    :param max_age: how long after its event time a value still counts; None for ever.
    :param columns: column to kind, those that the model uses, in the order in which it names them.
    """

    key: Annotated[dict[ColumnName, KeyType], Field(min_length=1)]
    match: dict[str, str]
    event_time: Clock
    known_at: Clock | None = None
    delay: Duration | None = None
    same_day: bool = False
    announced: bool = False
    max_age: Duration | None = None
    columns: Annotated[dict[ColumnName, ViewKind], Field(min_length=1)]

    def names(self, view: str, kind: Kind) -> tuple[str, ...]:
        """Return what its columns of a kind are called in the model's features.

        :param view: the view's name.
        :param kind: what they are to an estimator.
        """
        return tuple(
            joined_name(view, name) for name, one in self.columns.items() if FEATURE_KINDS[one] == kind
        )
