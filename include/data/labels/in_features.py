"""Labels from a column of the features table, known a number of days after the partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.data.arrow_numpy import find_valid, to_arrow
from include.data.days import days_of
from include.data.labels.base import LabelKind, Rows
from include.data.labels.faulty_rows import require_values
from include.data.labels.joining import without_repeats
from include.data.labels.values import Values
from include.data.maturity import due_date
from include.data.read_snapshot import read_columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labels.base import Labels, Reading


class TargetInFeatures:
    """Labels from a column of the features table; a missing target is a label that is not yet known.

    The table is delivered again when the column has changed: a label is what the snapshot of its partition
    says that the run found.

    :param features: partition to snapshot.
    :param config: the model's configuration.
    :param as_of: the day whose knowledge is asked for.
    :param reading: how labels follow from the column.
    """

    def __init__(
        self, features: Mapping[str, Path], config: ModelConfig, as_of: str, reading: Reading | None = None
    ) -> None:
        self._features = features
        self._config = config
        self._as_of = as_of
        self._reading = reading or Values()

    def of(self, partition: str) -> Labels | None:
        """Return the labels of a partition once they are due."""
        config, known_on = self._config, due_date(partition, self._config)
        if known_on > self._as_of:
            return None
        key, time, target = config.row_key, config.time.column, config.target.delivered_column
        table = read_columns(self._features[partition], config, (key, time, target))
        places = np.arange(len(table))
        if self._reading.needs_value:
            places = places[find_valid(table[target].combine_chunks())]
            table = table.take(to_arrow(places))
        if not len(table):
            return None
        require_values(table.select([time]), f"features of {partition}", "every row has a time")
        rows = Rows(where=f"features of {partition}", days=days_of(table[time], config), places=places)
        targets = self._reading.read(table[target], rows, config)
        return without_repeats(table[key].combine_chunks(), targets, known_on, partition)

    def unclaimed(self) -> dict[str, int]:
        """Return nothing: a label inside a feature row always has its features."""
        return {}


IN_FEATURES = LabelKind(
    name="in features",
    suits=lambda config: config.source.labels is None and config.target.event is None,
    open=TargetInFeatures,
)
