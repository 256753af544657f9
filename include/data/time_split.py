"""Which time is trained on and which is tested: the group split, and the group and time split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

SplitKind = Literal["group split", "group and time split"]


@dataclass(frozen=True, kw_only=True)
class TimeSplit:
    """Which labelled partitions are trained on and which ones are tested.

    :param train: partitions to train on, oldest first.
    :param test: partitions to test on, oldest first; the newest labelled one is among them.
    :param kind: in a ``group split`` no entity is on both sides; in a ``group and time split`` training ends
        before the first test partition, too.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    kind: SplitKind


def split_time(partitions: Sequence[str], *, out_of_time: bool, tested: int = 1) -> TimeSplit:
    """Choose the training partitions and the test partitions.

    With ``out_of_time`` the newest labelled partitions are tested and the earlier ones are trained on. While
    there is only one, there is no earlier time: the model trains on the other entities of the same partition,
    which is a group split.

    :param partitions: labelled partitions as ISO dates, in any order.
    :param out_of_time: whether training must end before the tested partitions.
    :param tested: how many of the newest are tested; at most what leaves one to train on.
    :raises DataError: when no partition is labelled.
    """
    ordered = sorted(partitions)
    if not ordered:
        raise DataError(
            "no labelled partition to split: expected at least one, wait for labels or check their source"
        )
    parted = out_of_time and len(ordered) > 1
    tested = min(tested, len(ordered) - 1 if parted else len(ordered))
    test = tuple(ordered[-tested:])
    if parted:
        return TimeSplit(train=tuple(ordered[:-tested]), test=test, kind="group and time split")
    return TimeSplit(train=tuple(ordered), test=test, kind="group split")
