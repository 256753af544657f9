"""Labels from a table of their own, in deliveries named by the day on which they became known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.data.arrow_numpy import to_arrow
from include.data.days import days_of, first_day, to_text
from include.data.labels.base import LabelKind, Rows
from include.data.labels.faulty_rows import require_values
from include.data.labels.joining import add_days, complete, correct, without_repeats
from include.data.labels.values import Values
from include.data.read_snapshot import read_columns
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labels.base import Labels, Reading


class DeliveredLabels:
    """Labels from a table of their own.

    Within one delivery the same label may come twice with one value; two values are a conflict that nobody
    here can settle. Across deliveries the later one wins; it is a correction, unless the earlier one was not
    final.

    :param deliveries: day of delivery to snapshot; days after ``as_of`` are not looked at.
    :param config: the model's configuration.
    :param as_of: the day whose knowledge is asked for.
    :param reading: how labels follow from the column.
    """

    def __init__(
        self, deliveries: Mapping[str, Path], config: ModelConfig, as_of: str, reading: Reading | None = None
    ) -> None:
        self._deliveries = deliveries
        self._config = config
        self._reading = reading or Values()
        self._pending = sorted(day for day in deliveries if day <= as_of)
        self._final: dict[str, Labels] = {}
        self._early: dict[str, Labels] = {}

    def of(self, partition: str) -> Labels | None:
        """Return the labels of a partition; only deliveries since its first day can hold any."""
        first = first_day(partition, self._config)
        while self._pending and self._pending[-1] >= first:
            self._load(self._pending.pop())
        days = {day for day in (*self._final, *self._early) if first <= day <= partition}
        found = [complete(self._final.pop(day, None), self._early.pop(day, None)) for day in sorted(days)]
        return add_days(found, partition) if found else None

    def unclaimed(self) -> dict[str, int]:
        """Return how many labels were read about each date that was not asked for."""
        return {
            day: sum(len(found[day].keys) for found in (self._final, self._early) if day in found)
            for day in sorted({*self._final, *self._early})
        }

    def _load(self, day: str) -> None:
        """Read one delivery and file its labels under the dates they are about."""
        key, time, target = (
            self._config.row_key,
            self._config.time.column,
            self._config.target.delivered_column,
        )
        path = self._deliveries[day]
        table = read_columns(path, self._config, (key, time, target))
        needed = table if self._reading.needs_value else table.select([key, time])
        require_values(needed, f"labels of {day}", "every label needs a key, a time and a value")
        days = days_of(table[time], self._config)
        for found in np.unique(days).tolist():
            about = to_text(found)
            places = np.flatnonzero(days == found)
            rows = table.take(to_arrow(places))
            if about > day:
                raise DataError(
                    f"labels of {day} hold {len(rows)} labels about {about}, which is later: a label can't "
                    f"be known before its observation; check the column {time} in the labels' source"
                )
            of_day = Rows(
                where=f"labels of {day} about {about}", days=days[places], places=places, latest=day
            )
            targets = self._reading.read(rows[target], of_day, self._config)
            labels = without_repeats(rows[key].combine_chunks(), targets, day, about)
            kept = self._final if self._reading.is_final(about, day, self._config) else self._early
            kept[about] = correct(kept[about], labels) if about in kept else labels


DELIVERED = LabelKind(
    name="delivered",
    suits=lambda config: (
        config.source.labels is not None
        and config.source.labels.known_on is None
        and config.target.event is None
    ),
    open=DeliveredLabels,
)
