"""The formats of tables that hold all partitions, by the name that ``model.yaml`` uses: one class each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.sources.dated_csv import DatedCsv
from include.data.sources.dated_parquet import DatedParquet

if TYPE_CHECKING:
    from include.config.data_schema import SourceFormat
    from include.data.sources.dated_file import DatedFile

DATED_FORMATS: dict[SourceFormat, type[DatedFile]] = {"csv": DatedCsv, "parquet": DatedParquet}
