"""Name the rows of a snapshot that are at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pyarrow as pa

_SHOWN = 3


def require_values(table: pa.Table, where: str, why: str) -> None:
    """Refuse a table in which a value is missing.

    :param table: columns of which none may have a null.
    :param where: what the rows are of, such as ``labels of 2005-05-31``.
    :param why: what every row needs.
    :raises DataError: a value is missing; the message names the column.
    """
    for name in table.column_names:
        if table[name].null_count:
            raise DataError(
                f"{where}: {table[name].null_count} of {len(table)} rows have no {shown(name)}: {why}; "
                "validate this partition and ask for it again"
            )


def name_rows(places: np.ndarray, values: Mapping[str, Sequence[str]]) -> str:
    """Return the first of some rows with what stands in them.

    :param places: places in the snapshot, from 0, one at least; people count rows from 1.
    :param values: column to values of these rows.
    """
    found = [
        f"row {place + 1}: " + ", ".join(f"{shown(name)} {column[number]}" for name, column in values.items())
        for number, place in enumerate(places[:_SHOWN].tolist())
    ]
    return "; ".join(found) + ("; ..." if len(places) > _SHOWN else "")
