"""The columns of feature views, and of the rows that views are joined to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.schema import Column

if TYPE_CHECKING:
    from include.config.joined_view import JoinedView, KeyType, ViewKind
    from include.config.schema import ModelConfig
    from include.config.views.view import View
    from include.data.schema import Kind

STORED: dict[ViewKind, Kind] = {
    "numeric": "number",
    "integer": "whole",
    "boolean": "flag",
    "category": "category",
}
"""What each kind of column is stored as in the snapshot of a view."""

# Of a column of the rows that is read for the sake of a join alone, and may be missing in any of them.
_COMPARED: dict[KeyType, Kind] = {"integer": "whole", "string": "category"}


def view_columns(view: View | JoinedView) -> tuple[Column, ...]:
    """Return the columns of a view's snapshots: key, times, values.

    :param view: the view, with all that its file names; or as a model uses it, with the columns that the
        model names.
    """
    times = [view.event_time, *([view.known_at] if view.known_at else [])]
    return (
        *(Column(name, kind) for name, kind in view.key.items()),
        *(Column(clock.column, clock.type, clock.timezone) for clock in times),
        *(Column(name, STORED[kind]) for name, kind in view.columns.items()),
    )


def delivered_columns(config: ModelConfig, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return the columns that a model's features are delivered with, before any view is joined.

    :param config: the model's configuration.
    :param columns: those of its features table, joined ones among them.
    """
    joined = set(joined_columns(config))
    own = tuple(column for column in columns if column.name not in joined)
    names = {column.name for column in own}
    more = {
        chosen: _COMPARED[view.key[key]]
        for view in config.features.views.values()
        for key, chosen in view.match.items()
        if chosen not in names
    }
    return (*own, *(Column(name, kind) for name, kind in more.items()))


def view_of_columns(config: ModelConfig) -> dict[str, str]:
    """Return the view of each joined column of a snapshot, ages aside.

    :param config: the model's configuration.
    """
    return {
        name: view
        for view, use in config.features.views.items()
        for kind in ("numeric", "categorical")
        for name in use.names(view, kind)
    }


def joined_columns(config: ModelConfig) -> tuple[str, ...]:
    """Return the names of all columns of a snapshot that come from views, ages among them."""
    return (*view_of_columns(config), *config.age_columns)
