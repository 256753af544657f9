"""What every kind of source can tell and do: which partitions there are, and the rows of one of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.data.schema import table_columns
from include.data.views.columns import delivered_columns

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from include.config.data_schema import SourceFormat, Table
    from include.config.schema import ModelConfig
    from include.data.ingest.row_numbers import RowNumbers
    from include.data.schema import Column
    from mlops.hooks.object_store import ObjectStoreHook


@dataclass(frozen=True, kw_only=True)
class TableSettings:
    """Which table of which model is read, and where notes about it are kept.

    :param config: the model's configuration.
    :param name: ``features`` or ``labels``.
    :param store: the object store, for what need not be read from the source again; None: nothing is noted.
    """

    config: ModelConfig
    name: str
    store: ObjectStoreHook | None = None

    @property
    def table(self) -> Table:
        """The table's section of ``model.yaml``."""
        return self.config.source.tables[self.name]

    @property
    def owner(self) -> str:
        """What the table belongs to, as messages and object keys name it: the model."""
        return self.config.name

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the table is delivered with."""
        columns = table_columns(self.config, self.name)
        return delivered_columns(self.config, columns) if self.name == "features" else columns

    @property
    def query(self) -> str | None:
        """The text of its query, as it was when the configuration was read; None where it has none."""
        return self.config.queries.get(self.name)

    @property
    def connection(self) -> str:
        """The id of the Airflow connection that leads to the table: its own, else that of the source."""
        return self.table.connection or self.config.source.connection


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What was delivered for one partition, readable on local disk: a file, or part files in order.

    :param uri: where it was delivered; messages and the data registry name it.
    :param files: local files with its rows: the files themselves, copies of objects, or what was cut or
        queried.
    :param origins: URIs of these files.
    :param sha256: digest that changes when its rows do: of the bytes; of part files, of their names and
        digests; where :meth:`TableSource.fingerprint` knows better, that.
    :param fmt: how the files are written.
    :param numbers: where the rows of each file stand at its origin; empty where they stand there as here.
    """

    uri: str
    files: tuple[Path, ...]
    origins: tuple[str, ...]
    sha256: str
    fmt: SourceFormat
    numbers: tuple[RowNumbers, ...] = ()


class TableSource(ABC):
    """One table of a model, of one kind of source; ``mlops.hooks.sources.kinds`` has all kinds.

    Only :meth:`partitions` is sure to have been called before the others.

    :param settings: which table it is.
    """

    def __init__(self, settings: TableSettings) -> None:
        self.settings = settings

    @abstractmethod
    def describe(self) -> str:
        """Return the source as a message should name it, without credentials."""

    @abstractmethod
    def partitions(self) -> dict[str, str]:
        """Return the partitions that are there now: ISO date to a URI for messages, oldest first.

        :raises DataError: what is there can't be told apart by day.
        :raises StorageError: the source can't be reached.
        """

    def fingerprint(self, partition: str) -> str | None:  # noqa: ARG002 - for sources that know
        """Return the digest that :meth:`fetch` would find, where it costs less; None where it does not.

        :param partition: ISO date, from :meth:`partitions`.
        """
        return None

    def has_rolled_out(self, partition: str, rows: int) -> bool:  # noqa: ARG002 - for sources that know
        """Return whether a partition has lost rows only because the source keeps no older ones any more.

        The version that is known stays then: nothing was restated.

        :param partition: ISO date, from :meth:`partitions`.
        :param rows: rows of the version that is known.
        """
        return False

    def expect(self, partitions: Collection[str]) -> None:  # noqa: B027 - most have no use for it
        """Learn which partitions will be fetched, so that one pass over the source can serve them all.

        :param partitions: ISO dates, from :meth:`partitions`.
        """

    @abstractmethod
    def fetch(self, partition: str, scratch: Path) -> Delivery:
        """Return a partition on local disk.

        :param partition: ISO date, from :meth:`partitions`.
        :param scratch: folder for copies; whoever calls removes it.
        :raises DataError: it is gone, or not what ``model.yaml`` says.
        :raises StorageError: it can't be read now, or changed while it was read.
        """
