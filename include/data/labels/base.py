"""What every kind of labels has in common: the question, its answer, and how a column is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels of one partition.

    :param keys: distinct row keys of shape (n,): the ids of entities, unless rows are events.
    :param targets: the label of each of them as a number, of shape (n,), see :mod:`include.data.targets`.
    :param known_on: the newest delivery among them.
    :param repeated: labels delivered more than once with the same value.
    :param corrected: labels that a later delivery changed.
    """

    keys: pa.Array
    targets: np.ndarray
    known_on: str
    repeated: int = 0
    corrected: int = 0


class KnownLabels(Protocol):
    """Anything that can tell the labels of a partition."""

    def of(self, partition: str) -> Labels | None:
        """Return the labels of a partition, or None; ask for the newest partition first."""

    def unclaimed(self) -> dict[str, int]:
        """Return how many labels were read about each date that was not asked for."""


@dataclass(frozen=True, kw_only=True)
class LabelKind:
    """One way in which labels come to be known.

    :param name: of the kind, for people.
    :param suits: whether a model's labels are of this kind.
    :param open: from the snapshots of the table that holds the labels by partition, the configuration and the
        day (ISO date) whose knowledge is asked for to the labels; later partitions are not looked at.
    :param daily: whether labels become known on days on which nothing is delivered and no partition is due.
    """

    name: str
    suits: Callable[[ModelConfig], bool]
    open: Callable[[Mapping[str, Path], ModelConfig, str], KnownLabels]
    daily: bool = False


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of a table whose labels are to be read.

    :param where: what they are of, for messages, such as ``labels of 2005-05-31``.
    :param days: the day of each row, in days since 1970, integers of shape (n,).
    :param places: the place of each in its snapshot, from 0, integers of shape (n,).
    :param latest: ISO date up to which their delivery can know anything; None where that is not known.
    """

    where: str
    days: np.ndarray
    places: np.ndarray
    latest: str | None = None


class Reading(Protocol):
    """How labels follow from a column."""

    @property
    def needs_value(self) -> bool:
        """Whether a row without a value says nothing about its label."""

    def read(self, column: pa.ChunkedArray, rows: Rows, config: ModelConfig) -> np.ndarray:
        """Return the labels as numbers of shape (n,), see :mod:`include.data.targets`.

        :param column: the values, none of them missing where ``needs_value``.
        :param rows: the rows they are of.
        :param config: the model's configuration.
        :raises DataError: a value has no meaning.
        """

    def is_final(self, about: str, day: str, config: ModelConfig) -> bool:
        """Tell whether only a correction can change what a delivery says.

        :param about: ISO date of the rows.
        :param day: ISO date of the delivery.
        :param config: the model's configuration.
        """
