"""Labels from a table of their own whose rows say since when each is known.

The table may come in deliveries that add to one another, or be one table that is cut into partitions and
found changed: a delivery may hold labels that become known after its day. They are not known until then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.data.arrow_numpy import to_arrow, to_numpy
from include.data.days import days_of, first_day, to_number, to_text
from include.data.labels.base import LabelKind, Labels, Rows
from include.data.labels.faulty_rows import require_values
from include.data.labels.impossible_days import refuse_impossible
from include.data.labels.joining import add_days
from include.data.labels.values import Values
from include.data.read_snapshot import read_columns
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class _Statements:
    """What one delivery says about the rows of one day.

    :param keys: row keys of shape (n,), each perhaps several times.
    :param targets: numbers of shape (n,).
    :param since: since when each is known, in days since 1970, of shape (n,).
    """

    keys: pa.Array
    targets: np.ndarray
    since: np.ndarray


class LabelsWithDay:
    """Labels of a table with a column ``source.labels.known_on``.

    Of several labels of a row the one that became known last is right, and of several that became known on
    one day the one that was delivered last. Two values that one delivery knows since one day are a conflict
    that nobody here can settle.

    :param deliveries: partition to snapshot; those after ``as_of`` are not looked at.
    :param config: the model's configuration.
    :param as_of: the day whose knowledge is asked for; labels that became known later are not used.
    """

    def __init__(self, deliveries: Mapping[str, Path], config: ModelConfig, as_of: str) -> None:
        self._deliveries = deliveries
        self._config = config
        self._as_of = to_number(as_of)
        self._pending = sorted(day for day in deliveries if day <= as_of)
        self._by_day: dict[str, list[_Statements]] = {}

    def of(self, partition: str) -> Labels | None:
        """Return the labels of a partition; only deliveries since its first day can hold any."""
        first = first_day(partition, self._config)
        while self._pending and self._pending[-1] >= first:
            self._load(self._pending.pop())
        days = sorted(day for day in self._by_day if first <= day <= partition)
        found = [_last_of_each(self._by_day.pop(day)[::-1]) for day in days]
        return add_days(found, partition) if found else None

    def unclaimed(self) -> dict[str, int]:
        """Return how many labels were read about each date that was not asked for."""
        return {about: sum(len(said.keys) for said in found) for about, found in sorted(self._by_day.items())}

    def _load(self, day: str) -> None:
        """Read one delivery, the newest first, and file what is known by now under the dates it is about."""
        config = self._config
        key, time, target, known_on = _columns(config)
        table = read_columns(self._deliveries[day], config, (key, time, target, known_on))
        require_values(table, f"labels of {day}", "every label needs a key, a time, a value and the day")
        days, since = days_of(table[time], config), to_numpy(table[known_on])
        everything = Rows(where=f"labels of {day}", days=days, places=np.arange(len(days)))
        refuse_impossible(since, everything, config)
        known = np.flatnonzero(since <= self._as_of)
        for found in np.unique(days[known]).tolist():
            about = to_text(found)
            places = known[days[known] == found]
            if about > day:
                raise DataError(
                    f"labels of {day} hold {len(places)} labels about {about}, which is later: a label can't "
                    f"be delivered before its observation; check the column {time} in the labels' source"
                )
            rows = Rows(where=f"labels of {day} about {about}", days=days[places], places=places)
            chosen = table.take(to_arrow(places))
            said = _Statements(
                keys=chosen[key].combine_chunks(),
                targets=Values().read(chosen[target], rows, config),
                since=since[places],
            )
            _refuse_conflict(said, rows.where)
            self._by_day.setdefault(about, []).append(said)


def _columns(config: ModelConfig) -> tuple[str, str, str, str]:
    """Return the names of key, time, target and known_on."""
    labels = config.source.labels
    known_on = labels.known_on if labels is not None else None
    if known_on is None:
        raise ValueError(f"{config.name} has no source.labels.known_on")
    return config.row_key, config.time.column, config.target.column, known_on


def _refuse_conflict(said: _Statements, where: str) -> None:
    """Refuse two values of a row that are known since one day."""
    order, again = _in_order([said])
    again[1:] &= said.since[order][1:] == said.since[order][:-1]
    again[1:] &= said.targets[order][1:] != said.targets[order][:-1]
    if again.any():
        named = said.keys.take(to_arrow(order[again])).unique()
        raise DataError(
            f"{where}: {len(named)} rows have two different values that are known since one day (such as "
            f"{', '.join(shown(str(one)) for one in named[:_SHOWN].to_pylist())}): expected a later day for "
            "a correction; ask for a corrected delivery"
        )


def _last_of_each(said: list[_Statements]) -> Labels:
    """Return the label of each row that became known last.

    :param said: what deliveries say, oldest first.
    """
    order, again = _in_order(said)
    keys = pa.concat_arrays([one.keys for one in said]).take(to_arrow(order))
    targets = np.concatenate([one.targets for one in said])[order]
    since = np.concatenate([one.since for one in said])[order]
    last = np.append(~again[1:], True)
    right = targets[last][np.cumsum(~again) - 1]
    corrected = int((targets != right).sum())
    return Labels(
        keys=keys.filter(pa.array(last)),
        targets=targets[last],
        known_on=to_text(int(since.max())),
        repeated=len(targets) - int(last.sum()) - corrected,
        corrected=corrected,
    )


def _in_order(said: list[_Statements]) -> tuple[np.ndarray, np.ndarray]:
    """Return the order by row, day and delivery, and whether each statement is of the row before it."""
    keys = pa.concat_arrays([one.keys for one in said])
    table = pa.table({
        "key": keys,
        "since": to_arrow(np.concatenate([one.since for one in said])),
        "delivery": to_arrow(np.repeat(np.arange(len(said)), [len(one.keys) for one in said])),
    })
    order = to_numpy(pc.sort_indices(table, [(name, "ascending") for name in table.column_names]))
    ordered = keys.take(to_arrow(order))
    again = np.zeros(len(order), dtype=bool)
    again[1:] = to_numpy(pc.equal(ordered[1:], ordered[:-1]).cast(pa.uint8())).view(bool)
    return order.astype(np.int64), again


KNOWN_ON = LabelKind(
    name="known on a day of their own",
    suits=lambda config: config.source.labels is not None and config.source.labels.known_on is not None,
    open=LabelsWithDay,
    daily=True,
)
