"""Categories whose spelling a missing value has changed.

In pandas no whole number is missing: as soon as one is, a column of codes 1, 2, 3 is written as 1.0, 2.0 and
3.0. To a model these are other categories than last month's. In Parquet the type shows it (a float is
refused); in CSV it shows in a delivery where values are missing and all others end with ``.0``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from include.data.schema import Column

_FLOAT = r"^-?\d+\.0$"


class FloatCategories:
    """Watches the categories of one delivery.

    :param columns: columns of the table.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._missing = {column.name: False for column in columns if column.kind == "category"}
        self._example: dict[str, str] = {}

    def look_at(self, rows: pl.DataFrame) -> None:
        """Take note of rows of the delivery. A column is left alone from its first ordinary value on."""
        for name in list(self._missing):
            values = rows[name]
            known = values.drop_nulls()
            if not known.str.ends_with(".0").all() or not known.str.contains(_FLOAT).all():
                del self._missing[name]
                continue
            self._missing[name] |= values.null_count() > 0
            if known.len():
                self._example.setdefault(name, known[0])

    def check(self, origin: str) -> None:
        """Check all rows seen.

        :param origin: URI of the delivery.
        :raises DataError: a column is written as pandas writes whole numbers when one is missing.
        """
        for name, example in self._example.items():
            if self._missing.get(name):
                raise DataError(
                    f"{origin}: column {name!r} has categories such as {example!r}, and missing values: "
                    "pandas writes whole numbers this way as soon as one is missing. Expected "
                    f"{example.removesuffix('.0')!r}, as in a delivery without missing values. Deliver it "
                    "again with whole numbers (in pandas astype('Int64') before to_csv); if .0 is part of "
                    "the name, deliver it as text in a Parquet file."
                )
