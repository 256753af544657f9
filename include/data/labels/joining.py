"""Put labels together: those of one delivery, of the days of one partition, and of several deliveries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.data.arrow_numpy import to_mask, to_numpy
from include.data.labels.base import Labels
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 5


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


def complete(final: Labels | None, early: Labels | None) -> Labels:
    """Return final labels, and for rows without one what was said before it was final.

    What was not final yet has not been corrected, and was not delivered twice.

    :param final: labels that only a correction can change; None without any.
    :param early: what was said before; None where nothing was. One of both is there.
    """
    if final is None or early is None:
        found = final or early
        if found is None:
            raise ValueError("neither final labels nor earlier ones")
        return found if final else replace(found, repeated=0, corrected=0)
    return replace(correct(final, early), repeated=final.repeated, corrected=final.corrected)


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
