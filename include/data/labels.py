"""Which labels were known on a day, for one feature partition at a time.

Labels come either from a table of their own, delivered in partitions named by the day they became known, or
from the target column of the features table, known ``target.delay_days`` after the partition's date. Both
answer the same question through :class:`KnownLabels`, newest partition first, and read no more deliveries
than that takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.data.arrow_numpy import to_mask, to_numpy
from include.data.read_snapshot import read_columns
from include.data.targets import read_targets
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig

_EPOCH = date(1970, 1, 1)
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
        return reduce(_correct, newest_first) if newest_first else None

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
            targets = _read_targets(rows[target], self._config, day, about)
            labels = _without_repeats(rows[entity].combine_chunks(), targets, day, about)
            self._by_time.setdefault(about, []).append(labels)


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
        entity, target = self._config.entity.column, self._config.target.column
        table = read_columns(self._features[partition], self._config, (entity, target))
        table = table.filter(table[target].is_valid())
        if not len(table):
            return None
        targets = _read_targets(table[target], self._config, known_on.isoformat(), partition)
        return _without_repeats(table[entity].combine_chunks(), targets, known_on.isoformat(), partition)

    def unclaimed(self) -> dict[str, int]:
        """Return nothing: a label inside a feature row always has its features."""
        return {}


def _read_targets(column: pa.ChunkedArray, config: ModelConfig, day: str, about: str) -> np.ndarray:
    """Return the labels of one delivery about one date as numbers."""
    try:
        return read_targets(column, config)
    except DataError as error:
        raise DataError(
            f"labels of {day} about {about}: {error}: validate this partition and ask for it again"
        ) from error


def _without_repeats(entities: pa.Array, targets: np.ndarray, day: str, about: str) -> Labels:
    """Return the labels of one delivery about one date, each entity once."""
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


def _correct(newer: Labels, older: Labels) -> Labels:
    """Return both deliveries' labels; where both speak of an entity, the newer one is right."""
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
