"""The kinds of source by name, which :attr:`include.config.data_schema.Table.kind` gives: one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.hooks.sources.dated_files import DatedFiles
from mlops.hooks.sources.delivered_files import DeliveredFiles
from mlops.hooks.sources.query import QuerySource

if TYPE_CHECKING:
    from include.config.data_schema import SourceKind
    from mlops.hooks.sources.base import TableSource

TABLE_SOURCES: dict[SourceKind, type[TableSource]] = {
    "delivered files": DeliveredFiles,
    "dated files": DatedFiles,
    "query": QuerySource,
}
