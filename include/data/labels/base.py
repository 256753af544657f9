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
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from include.config.schema import ModelConfig

_SHOWN = 5


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


def without_repeats(keys: pa.Array, targets: np.ndarray, day: str, about: str) -> Labels:
    """Return the labels of one delivery about one date, each row once.

    :param keys: row keys of shape (n,).
    :param targets: numbers of shape (n,).
    :param day: since when they are known.
    :param about: the partition that they are about.
    :raises DataError: two values for one row.
    """
    order = pc.sort_indices(keys)
    keys, targets = keys.take(order), targets[to_numpy(order)]
    again = np.zeros(len(targets), dtype=bool)
    again[1:] = to_numpy(_equal_to_previous(keys))
    conflict = again[1:] & (targets[1:] != targets[:-1])
    if conflict.any():
        named = keys.filter(to_mask(np.append(False, conflict))).unique()
        raise DataError(
            f"labels of {day} about {about}: {len(named)} rows have two different values in this delivery "
            f"(such as {', '.join(shown(str(one)) for one in named[:_SHOWN].to_pylist())}): expected one "
            "label each; ask for a corrected delivery"
        )
    return Labels(
        keys=keys.filter(to_mask(~again)),
        targets=targets[~again],
        known_on=day,
        repeated=int(again.sum()),
    )


def _equal_to_previous(ordered: pa.Array) -> pa.Array:
    """Return uint8 of shape (n - 1,): 1 where an element equals the one before it."""
    return pc.equal(ordered[1:], ordered[:-1]).cast(pa.uint8())


def add_days(days: Sequence[Labels], partition: str) -> Labels:
    """Return the labels of a partition's days together.

    :param days: the labels about each day, one at least.
    :param partition: their partition.
    :raises DataError: a row has labels about two days, so nobody knows which one it is of.
    """
    if len(days) == 1:
        return days[0]
    keys = pa.concat_arrays([labels.keys for labels in days])
    counts = pc.value_counts(keys)
    repeated = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
    if len(repeated):
        raise DataError(
            f"labels about {partition}: {len(repeated)} rows have labels about two days of it (such as "
            f"{', '.join(shown(str(one)) for one in repeated[:_SHOWN].to_pylist())}): expected one time for "
            "each row; ask for a corrected delivery"
        )
    return Labels(
        keys=keys,
        targets=np.concatenate([labels.targets for labels in days]),
        known_on=max(labels.known_on for labels in days),
        repeated=sum(labels.repeated for labels in days),
        corrected=sum(labels.corrected for labels in days),
    )


def correct(newer: Labels, older: Labels) -> Labels:
    """Return both deliveries' labels; where both speak of a row, the newer one is right.

    :param newer: what became known later.
    :param older: what was known before.
    """
    both = pc.is_in(older.keys, value_set=newer.keys)
    in_both = to_numpy(both.cast(pa.uint8())).view(bool)
    place = to_numpy(pc.index_in(older.keys.filter(both), value_set=newer.keys))
    corrected = int((older.targets[in_both] != newer.targets[place]).sum())
    return Labels(
        keys=pa.concat_arrays([newer.keys, older.keys.filter(pc.invert(both))]),
        targets=np.concatenate([newer.targets, older.targets[~in_both]]),
        known_on=newer.known_on,
        repeated=older.repeated + newer.repeated + len(place) - corrected,
        corrected=older.corrected + newer.corrected + corrected,
    )
