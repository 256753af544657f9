"""Labels from a table of their own, in deliveries named by the day on which they became known."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from include.data.arrow_numpy import to_mask
from include.data.days import days_of, first_day, to_text
from include.data.labels.base import LabelKind, add_days, correct, read_labels, without_repeats
from include.data.read_snapshot import read_columns
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labels.base import Labels


class DeliveredLabels:
    """Labels from a table of their own.

    Within one delivery the same label may come twice with one value; two values are a conflict that nobody
    here can settle. Across deliveries the later one is a correction and wins.

    :param deliveries: day of delivery to snapshot; days after ``as_of`` are not looked at.
    :param config: the model's configuration.
    :param as_of: the day whose knowledge is asked for.
    """

    def __init__(self, deliveries: Mapping[str, Path], config: ModelConfig, as_of: str) -> None:
        self._deliveries = deliveries
        self._config = config
        self._pending = sorted(day for day in deliveries if day <= as_of)
        self._by_day: dict[str, list[Labels]] = {}

    def of(self, partition: str) -> Labels | None:
        """Return the labels of a partition; only deliveries since its first day can hold any."""
        first = first_day(partition, self._config)
        while self._pending and self._pending[-1] >= first:
            self._load(self._pending.pop())
        days = sorted(day for day in self._by_day if first <= day <= partition)
        found = [reduce(correct, self._by_day.pop(day)) for day in days]
        return add_days(found, partition) if found else None

    def unclaimed(self) -> dict[str, int]:
        """Return how many labels were read about each date that was not asked for."""
        return {
            about: sum(len(labels.targets) for labels in found)
            for about, found in sorted(self._by_day.items())
        }

    def _load(self, day: str) -> None:
        """Read one delivery and file its labels under the dates they are about."""
        key, time, target = (
            self._config.row_key,
            self._config.time.column,
            self._config.target.column,
        )
        path = self._deliveries[day]
        table = read_columns(path, self._config, (key, time, target))
        for name in table.column_names:
            if table[name].null_count:
                raise DataError(
                    f"labels of {day}: {table[name].null_count} of {len(table)} rows have no {shown(name)}: "
                    "every label needs a key, a time and a value; validate this partition and ask for it "
                    "again"
                )
        days = days_of(table[time], self._config)
        for found in np.unique(days).tolist():
            about = to_text(found)
            rows = table.filter(to_mask(days == found))
            if about > day:
                raise DataError(
                    f"labels of {day} hold {len(rows)} labels about {about}, which is later: a label can't "
                    f"be known before its observation; check the column {time} in the labels' source"
                )
            targets = read_labels(rows[target], self._config, day, about)
            labels = without_repeats(rows[key].combine_chunks(), targets, day, about)
            self._by_day.setdefault(about, []).append(labels)


DELIVERED = LabelKind(
    name="delivered",
    table="labels",
    suits=lambda config: config.source.labels is not None,
    open=DeliveredLabels,
)
