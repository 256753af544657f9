"""Labels from the target column of the features table, known ``target.delay_days`` after the partition."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from include.data.labels.base import LabelKind, read_labels, without_repeats
from include.data.read_snapshot import read_columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labels.base import Labels


class TargetInFeatures:
    """Labels from the target column of the features table; a missing target is a label that is not yet known.

    :param features: partition to snapshot.
    :param config: the model's configuration.
    :param as_of: the day whose knowledge is asked for.
    """

    def __init__(self, features: Mapping[str, Path], config: ModelConfig, as_of: str) -> None:
        self._features = features
        self._config = config
        self._as_of = as_of

    def of(self, partition: str) -> Labels | None:
        """Return the labels of a partition once ``target.delay_days`` have passed."""
        known_on = date.fromisoformat(partition) + timedelta(days=self._config.target.delay_days)
        if known_on.isoformat() > self._as_of:
            return None
        key, target = self._config.row_key, self._config.target.column
        table = read_columns(self._features[partition], self._config, (key, target))
        table = table.filter(table[target].is_valid())
        if not len(table):
            return None
        targets = read_labels(table[target], self._config, known_on.isoformat(), partition)
        return without_repeats(table[key].combine_chunks(), targets, known_on.isoformat(), partition)

    def unclaimed(self) -> dict[str, int]:
        """Return nothing: a label inside a feature row always has its features."""
        return {}


IN_FEATURES = LabelKind(
    name="in features",
    table="features",
    suits=lambda config: config.source.labels is None,
    open=TargetInFeatures,
)
