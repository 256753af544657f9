"""Which labels were known on a day, for one feature partition at a time: one file for each kind of labels.

Labels come from a table of their own, delivered in partitions named by the day they became known or with
that day in each row, or from the target column of the features table, known ``target.delay_days`` after the
partition's date. In either table the date of an event may stand in place of a label, which then says whether
it came within a horizon (docs/targets.md). All kinds answer the same question through :class:`KnownLabels`,
newest partition first, and read no more deliveries than that takes. This package is the only door to labels:
training, evaluation, monitoring, probation and replay ask here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.labels.base import KnownLabels, Labels
from include.data.labels.delivered import DELIVERED
from include.data.labels.horizon import EVENT_DELIVERED, EVENT_IN_FEATURES
from include.data.labels.in_features import IN_FEATURES
from include.data.labels.known_on import KNOWN_ON
from include.data.maturity import due_date
from include.data.schema import labels_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.data.labels.base import LabelKind

__all__ = ["LABEL_KINDS", "KnownLabels", "Labels", "open_labels", "what_day_decides"]

LABEL_KINDS: tuple[LabelKind, ...] = (DELIVERED, KNOWN_ON, IN_FEATURES, EVENT_DELIVERED, EVENT_IN_FEATURES)


def open_labels(tables: Mapping[str, Mapping[str, Path]], config: ModelConfig, as_of: str) -> KnownLabels:
    """Return the labels of a model as they were known on a day.

    :param tables: table to partition to canonical snapshot; of the table that holds the labels at least.
        What was delivered after ``as_of`` is not looked at.
    :param config: the model's configuration.
    :param as_of: the day (ISO date) whose knowledge is asked for.
    """
    return _kind_of(config).open(tables[labels_table(config)], config, as_of)


def what_day_decides(partitions: Iterable[str], config: ModelConfig, as_of: str) -> list[str]:
    """Return what labels follow from besides the snapshots: days on which it is the same know the same.

    :param partitions: ISO dates of snapshots.
    :param config: the model's configuration.
    :param as_of: the day (ISO date) whose knowledge is asked for.
    :return: the partitions that are due by then, or the day itself where each label has its own.
    """
    if _kind_of(config).daily:
        return [as_of]
    return [partition for partition in partitions if due_date(partition, config) <= as_of]


def _kind_of(config: ModelConfig) -> LabelKind:
    """Return the kind of a model's labels: the first that suits."""
    return next(kind for kind in LABEL_KINDS if kind.suits(config))
