"""The formats that a source may deliver: one class each, by the name that ``model.yaml`` uses.

A new format takes its name in :data:`include.config.data_schema.SourceFormat`, a class in a module of its own
beside this one, and an entry here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.ingest.csv_reader import CsvDelivery
from include.data.ingest.parquet_reader import ParquetDelivery

if TYPE_CHECKING:
    from include.config.data_schema import SourceFormat
    from include.data.ingest.delivery import Delivery

FORMATS: dict[SourceFormat, type[Delivery]] = {"csv": CsvDelivery, "parquet": ParquetDelivery}
