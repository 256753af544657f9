"""Labels from a table of their own, in deliveries named by the day on which they became known."""

from __future__ import annotations

from datetime import date, timedelta
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from include.data.arrow_numpy import to_mask, to_numpy
from include.data.labels.base import LabelKind, correct, read_labels, without_repeats
from include.data.read_snapshot import read_columns
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labels.base import Labels

_EPOCH = date(1970, 1, 1)


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
        self._by_time: dict[str, list[Labels]] = {}

    def of(self, partition: str) -> Labels | None:
        """Return the labels of a partition; only deliveries since its date can hold any."""
        while self._pending and self._pending[-1] >= partition:
            self._load(self._pending.pop())
        newest_first = self._by_time.pop(partition, [])
        return reduce(correct, newest_first) if newest_first else None

    def unclaimed(self) -> dict[str, int]:
        """Return how many labels were read about each date that was not asked for."""
        return {
            about: sum(len(labels.targets) for labels in found)
            for about, found in sorted(self._by_time.items())
        }

    def _load(self, day: str) -> None:
        """Read one delivery and file its labels under the dates they are about."""
        entity, time, target = (
            self._config.entity.column,
            self._config.time.column,
            self._config.target.column,
        )
        path = self._deliveries[day]
        table = read_columns(path, self._config, (entity, time, target))
        for name in table.column_names:
            if table[name].null_count:
                raise DataError(
                    f"labels of {day}: {table[name].null_count} of {len(table)} rows have no {shown(name)}: "
                    "every label needs an entity, a date and a value; validate this partition and ask for it "
                    "again"
                )
        times = to_numpy(table[time])
        for moment in np.unique(times).tolist():
            about = (_EPOCH + timedelta(days=moment)).isoformat()
            rows = table.filter(to_mask(times == moment))
            if about > day:
                raise DataError(
                    f"labels of {day} hold {len(rows)} labels about {about}, which is later: a label can't "
                    f"be known before its observation; check the column {time} in the labels' source"
                )
            targets = read_labels(rows[target], self._config, day, about)
            labels = without_repeats(rows[entity].combine_chunks(), targets, day, about)
            self._by_time.setdefault(about, []).append(labels)


DELIVERED = LabelKind(
    name="delivered",
    table="labels",
    suits=lambda config: config.source.labels is not None,
    open=DeliveredLabels,
)
