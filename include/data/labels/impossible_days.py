"""Refuse days that can't be: of an event, or since when a label is known.

Both are outcomes of a row, so neither is before the row's own day, and neither is later than whoever delivers
it can know. A day that is missing is written as the first of January 1970 by many programs, and lies before
every row.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from include.data.arrow_numpy import find_valid, to_numpy
from include.data.days import days_of, to_number, to_text
from include.data.labels.base import Rows
from include.data.labels.faulty_rows import name_rows
from include.data.read_snapshot import read_columns
from include.data.schema import labels_table, named_by_knowledge
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import pyarrow as pa

    from include.config.schema import ModelConfig

NEVER = np.iinfo(np.int64).max // 2  # later than any day
_SHOWN = 3
_FARTHEST_EAST = timedelta(hours=14)  # where a day begins first, Pacific/Kiritimati


def read_days(dates: pa.ChunkedArray) -> np.ndarray:
    """Return days since 1970, integers of shape (n,); ``NEVER`` where there is none.

    :param dates: a column of dates.
    """
    column = dates.combine_chunks()
    found = np.full(len(column), NEVER)
    found[find_valid(column)] = to_numpy(column.drop_null())
    return found


def refuse_impossible(found: np.ndarray, rows: Rows, config: ModelConfig) -> None:
    """Refuse days before their row, or after what their delivery can know.

    :param found: the day of each row's event, or since when its label is known, as :func:`read_days` gives
        them.
    :param rows: the rows; without ``latest`` any later day is possible.
    :param config: the model's configuration.
    :raises DataError: a day can't be; the message names column, rows and what is expected.
    """
    _refuse(found, found < rows.days, rows, config, "are earlier than their row")
    if rows.latest is not None:
        late = (found > to_number(rows.latest)) & (found != NEVER)
        _refuse(found, late, rows, config, f"lie in the future of {rows.latest}")


def check_delivery(
    snapshot: Path, *, table: str, partition: str, config: ModelConfig, now: datetime | None, origin: str
) -> None:
    """Refuse a delivery with days that can't be, as soon as it is read.

    :param snapshot: what it was converted to.
    :param table: ``features`` or ``labels``.
    :param partition: ISO date of the delivery: the last day that it knows of, where it is named by that.
    :param config: the model's configuration.
    :param now: when it was read, with a zone; None where that says nothing, as in a replay of old files.
    :param origin: URI of the delivery, named in messages.
    :raises DataError: as :func:`refuse_impossible`.
    """
    column = _column(config)
    if table != labels_table(config) or column is None:
        return
    read = read_columns(snapshot, config, (config.time.column, column))
    latest = [] if now is None else [(now + _FARTHEST_EAST).date().isoformat()]
    if config.target.event and named_by_knowledge(config):
        latest.append(partition)
    days = days_of(read[config.time.column], config)
    refuse_impossible(
        read_days(read[column]),
        Rows(where=origin, days=days, places=np.arange(len(days)), latest=min(latest, default=None)),
        config,
    )


def _column(config: ModelConfig) -> str | None:
    """Return the column of days that labels follow from; None where there is none."""
    return config.target.event or (config.source.labels and config.source.labels.known_on) or None


def _refuse(found: np.ndarray, wrong: np.ndarray, rows: Rows, config: ModelConfig, what: str) -> None:
    """Refuse rows whose day can't be right."""
    if not wrong.any():
        return
    column, time = _column(config) or "", config.time.column
    named = name_rows(
        rows.places[wrong],
        {
            column: [str(np.datetime64(one, "D")) for one in found[wrong][:_SHOWN].tolist()],
            time: [to_text(one) for one in rows.days[wrong][:_SHOWN].tolist()],
        },
    )
    expected = (
        f"the day of an event on or after the row's own {shown(time)}, one that has happened, or nothing"
        if config.target.event
        else f"the day on which the label became known, the row's own {shown(time)} or a later one that has "
        "come"
    )
    raise DataError(
        f"{rows.where}: {int(wrong.sum())} of {len(found)} dates of {shown(column)} {what} ({named}): "
        f"expected {expected}; correct the column in the source and deliver this partition again"
    )
