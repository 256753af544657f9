"""What every kind of labels has in common: the answer, the question, and how statements are put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.data.arrow_numpy import to_mask, to_numpy
from include.data.targets import read_targets
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels of one partition.

    :param entities: distinct ids of shape (n,).
    :param targets: the label of each of them as a number, of shape (n,), see :mod:`include.data.targets`.
    :param known_on: the newest delivery among them.
    :param repeated: labels delivered more than once with the same value.
    :param corrected: labels that a later delivery changed.
    """

    entities: pa.Array
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
    :param table: the table that holds them.
    :param suits: whether a model's labels are of this kind.
    :param open: from the snapshots of that table by partition, the configuration and the day (ISO date) whose
        knowledge is asked for to the labels; snapshots of later partitions are not looked at.
    """

    name: str
    table: Literal["features", "labels"]
    suits: Callable[[ModelConfig], bool]
    open: Callable[[Mapping[str, Path], ModelConfig, str], KnownLabels]


def read_labels(column: pa.ChunkedArray, config: ModelConfig, day: str, about: str) -> np.ndarray:
    """Return the labels of one delivery about one date as numbers of shape (n,).

    :param column: without missing values.
    :param config: the model's configuration.
    :param day: the delivery, for messages.
    :param about: the partition that they are about.
    :raises DataError: a value has no meaning.
    """
    try:
        return read_targets(column, config)
    except DataError as error:
        raise DataError(
            f"labels of {day} about {about}: {error}: validate this partition and ask for it again"
        ) from error


def without_repeats(entities: pa.Array, targets: np.ndarray, day: str, about: str) -> Labels:
    """Return the labels of one delivery about one date, each entity once.

    :param entities: ids of shape (n,).
    :param targets: numbers of shape (n,).
    :param day: since when they are known.
    :param about: the partition that they are about.
    :raises DataError: two values for one entity.
    """
    order = pc.sort_indices(entities)
    entities, targets = entities.take(order), targets[to_numpy(order)]
    again = np.zeros(len(targets), dtype=bool)
    again[1:] = to_numpy(_equal_to_previous(entities))
    conflict = again[1:] & (targets[1:] != targets[:-1])
    if conflict.any():
        named = entities.filter(to_mask(np.append(False, conflict))).unique()
        raise DataError(
            f"labels of {day} about {about}: {len(named)} entities have two different values in this "
            "delivery "
            f"(such as {', '.join(shown(str(one)) for one in named[:_SHOWN].to_pylist())}): expected one "
            "label each; ask for a corrected delivery"
        )
    return Labels(
        entities=entities.filter(to_mask(~again)),
        targets=targets[~again],
        known_on=day,
        repeated=int(again.sum()),
    )


def _equal_to_previous(ordered: pa.Array) -> pa.Array:
    """Return uint8 of shape (n - 1,): 1 where an element equals the one before it."""
    return pc.equal(ordered[1:], ordered[:-1]).cast(pa.uint8())


def correct(newer: Labels, older: Labels) -> Labels:
    """Return both deliveries' labels; where both speak of an entity, the newer one is right.

    :param newer: what became known later.
    :param older: what was known before.
    """
    both = pc.is_in(older.entities, value_set=newer.entities)
    in_both = to_numpy(both.cast(pa.uint8())).view(bool)
    place = to_numpy(pc.index_in(older.entities.filter(both), value_set=newer.entities))
    corrected = int((older.targets[in_both] != newer.targets[place]).sum())
    return Labels(
        entities=pa.concat_arrays([newer.entities, older.entities.filter(pc.invert(both))]),
        targets=np.concatenate([newer.targets, older.targets[~in_both]]),
        known_on=newer.known_on,
        repeated=older.repeated + newer.repeated + len(place) - corrected,
        corrected=older.corrected + newer.corrected + corrected,
    )
