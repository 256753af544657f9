"""The source of a feature view: a table like any other, that belongs to no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.data.views.columns import view_columns
from mlops.hooks.sources.base import TableSettings
from mlops.hooks.sources.kinds import TABLE_SOURCES
from mlops.object_keys import VIEWS

__all__ = ["VIEWS", "ViewSettings", "view_source"]

if TYPE_CHECKING:
    from include.config.data_schema import Table
    from include.config.schema import ModelConfig
    from include.config.views.view import View
    from include.data.schema import Column
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.hooks.sources.base import TableSource


@dataclass(frozen=True, kw_only=True)
class ViewSettings(TableSettings):
    """Which view is read, for which model.

    :param view: the view; *name* is its name.
    """

    view: View

    @property
    def table(self) -> Table:
        """The section ``source`` of the view's file."""
        return self.view.source

    @property
    def owner(self) -> str:
        """What stands in place of a model's name."""
        return VIEWS

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the view is delivered with."""
        return view_columns(self.view)

    @property
    def query(self) -> str | None:
        """The text of its query."""
        return self.view.query

    @property
    def connection(self) -> str:
        """The id of the Airflow connection that leads to the view."""
        return self.view.source.connection


def view_source(
    name: str, view: View, config: ModelConfig, store: ObjectStoreHook | None = None
) -> TableSource:
    """Return the source of a view.

    :param name: the view's name.
    :param view: the view.
    :param config: the configuration of a model that uses it.
    :param store: the object store, where sources note what they need not read again; None: they don't.
    """
    return TABLE_SOURCES[view.source.kind](ViewSettings(config=config, name=name, store=store, view=view))
