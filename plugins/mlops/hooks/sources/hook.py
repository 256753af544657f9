"""The source of a model's data: a table source for each of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.hooks.sources.base import TableSettings
from mlops.hooks.sources.kinds import TABLE_SOURCES

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.hooks.sources.base import TableSource


class SourceHook:
    """Lists and reads the deliveries of one model, whatever kind of source each table has.

    :param config: the model's configuration.
    :param store: the object store, where sources note what they need not read again; None: they don't.
    """

    def __init__(self, config: ModelConfig, store: ObjectStoreHook | None = None) -> None:
        self.tables: dict[str, TableSource] = {
            name: TABLE_SOURCES[table.kind](TableSettings(config=config, name=name, store=store))
            for name, table in config.source.tables.items()
        }

    def describe(self) -> str:
        """Return the source of the features as a message should name it."""
        return self.tables["features"].describe()

    def partitions(self) -> dict[str, dict[str, str]]:
        """Return table to partition (ISO date) to URI of everything that is delivered now."""
        return {name: table.partitions() for name, table in self.tables.items()}
