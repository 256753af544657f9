"""Which labels were known on a day, for one feature partition at a time: one file for each kind of labels.

Labels come either from a table of their own, delivered in partitions named by the day they became known, or
from the target column of the features table, known ``target.delay_days`` after the partition's date. All
kinds answer the same question through :class:`KnownLabels`, newest partition first, and read no more
deliveries than that takes. This package is the only door to labels: training, evaluation, monitoring,
probation and replay ask here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.labels.base import KnownLabels, Labels
from include.data.labels.delivered import DELIVERED
from include.data.labels.in_features import IN_FEATURES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Literal

    from include.config.schema import ModelConfig
    from include.data.labels.base import LabelKind

__all__ = ["LABEL_KINDS", "KnownLabels", "Labels", "labels_table", "open_labels"]

LABEL_KINDS: tuple[LabelKind, ...] = (DELIVERED, IN_FEATURES)


def labels_table(config: ModelConfig) -> Literal["features", "labels"]:
    """Return the table that holds a model's labels.

    :param config: the model's configuration.
    """
    return _kind_of(config).table


def open_labels(tables: Mapping[str, Mapping[str, Path]], config: ModelConfig, as_of: str) -> KnownLabels:
    """Return the labels of a model as they were known on a day.

    :param tables: table to partition to canonical snapshot; of the table that holds the labels at least.
        What was delivered after ``as_of`` is not looked at.
    :param config: the model's configuration.
    :param as_of: the day (ISO date) whose knowledge is asked for.
    """
    kind = _kind_of(config)
    return kind.open(tables[kind.table], config, as_of)


def _kind_of(config: ModelConfig) -> LabelKind:
    """Return the kind of a model's labels: the first that suits."""
    return next(kind for kind in LABEL_KINDS if kind.suits(config))
