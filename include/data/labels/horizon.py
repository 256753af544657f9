"""Labels that say whether an event came within a horizon: 1 or 0, and neither before the horizon is over.

Positives are seen one by one, on the day of their event, negatives only at the end. Whoever used a label as
soon as it is seen would learn from positives alone, and whoever took the others for negatives from labels
that turn; docs/targets.md measures both. So the rows of a partition get their labels all at once, when the
horizon of its last row and the reporting lag after it (``target.delay_days``) are over.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from include.data.labels.base import LabelKind
from include.data.labels.delivered import DeliveredLabels
from include.data.labels.impossible_days import read_days, refuse_impossible
from include.data.labels.in_features import TargetInFeatures
from include.data.maturity import due_date
from include.data.schema import named_by_knowledge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.labels.base import KnownLabels, Labels, Rows


class WithinHorizon:
    """The reading of ``target.event``: 1 where it came within the horizon of the row, otherwise 0.

    :param by_delivery: whether what is read was known on the day that its delivery is named by, and not
        later.
    """

    needs_value = False

    def __init__(self, *, by_delivery: bool = False) -> None:
        self._by_delivery = by_delivery

    def read(self, column: pa.ChunkedArray, rows: Rows, config: ModelConfig) -> np.ndarray:
        """Return 0 or 1 for each row, int8 of shape (n,).

        Parameters as :meth:`Reading.read`.

        :raises DataError: an event is earlier than its row, or later than its delivery can know.
        """
        events = read_days(column)
        known = rows if self._by_delivery else replace(rows, latest=None)
        refuse_impossible(events, known, config)
        within: np.ndarray = events - rows.days <= (config.target.horizon_days or 0)
        return within.astype(np.int8)

    def is_final(self, about: str, day: str, config: ModelConfig) -> bool:
        """Tell whether labels were due on the day of a delivery; before that it only says: not yet."""
        return not self._by_delivery or due_date(about, config) <= day


class KnownAtTheEnd:
    """Labels of events that a table of their own holds, delivered again and again as it grows.

    The newest delivery of a row is right, with an event that it adds, corrects or revokes. A partition has
    labels once a delivery says what there was when it was due; before that no event is not known to be none.
    Where one table is cut by the time of its rows, its partitions say what there is on ``as_of``.

    :param deliveries: day of delivery to snapshot; days after ``as_of`` are not looked at.
    :param config: the model's configuration.
    :param as_of: the day whose knowledge is asked for.
    """

    def __init__(self, deliveries: Mapping[str, Path], config: ModelConfig, as_of: str) -> None:
        self._config = config
        by_delivery = named_by_knowledge(config)
        self._delivered = DeliveredLabels(deliveries, config, as_of, WithinHorizon(by_delivery=by_delivery))
        newest = max((day for day in deliveries if day <= as_of), default="")
        self._newest = newest if by_delivery else as_of

    def of(self, partition: str) -> Labels | None:
        """Return the labels of a partition once there is a delivery of the day on which they were due."""
        due = due_date(partition, self._config)
        labels = self._delivered.of(partition) if due <= self._newest else None
        return labels and replace(labels, known_on=max(labels.known_on, due), repeated=0)

    def unclaimed(self) -> dict[str, int]:
        """Return how many labels were read about each date that was not asked for."""
        return self._delivered.unclaimed()


def _open_in_features(features: Mapping[str, Path], config: ModelConfig, as_of: str) -> KnownLabels:
    return TargetInFeatures(features, config, as_of, WithinHorizon())


EVENT_DELIVERED = LabelKind(
    name="event delivered",
    suits=lambda config: config.target.event is not None and config.source.labels is not None,
    open=KnownAtTheEnd,
)
EVENT_IN_FEATURES = LabelKind(
    name="event in features",
    suits=lambda config: config.target.event is not None and config.source.labels is None,
    open=_open_in_features,
)
