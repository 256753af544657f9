"""The splits that a new model may have, and what each of them leaves to test on and to learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from include.data.splits import Holdout

if TYPE_CHECKING:
    import pyarrow as pa

    from include.onboarding.entity import Entity

SEED = 1
"""``split.seed``: of the split that is counted, and that training uses."""
ROWS, SCARCE = 300, 40
"""The usual least test set: rows, and entities of each class."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """A split that may be chosen.

    :param share: ``split.test_share``.
    :param rotation: ``split.rotation``.
    :param out_of_time: ``split.out_of_time``.
    :param why: what it does, and why where it is not the usual one.
    """

    share: float
    rotation: float
    out_of_time: bool
    why: str


SPLITS = (
    Split(share=0.3333, rotation=0.25, out_of_time=True, why="a third is held back"),
    Split(
        share=0.3333, rotation=0.0, out_of_time=True,
        why="a third is held back, and stays the same (rotation 0), as the table is small",
    ),
    Split(
        share=0.5, rotation=0.0, out_of_time=True,
        why="half is held back, and stays the same (rotation 0), as the table is small",
    ),
    Split(
        share=0.5, rotation=0.0, out_of_time=False,
        why="half is held back, stays the same (rotation 0), and is tested in all of the window "
        "(out_of_time false), as its newer half holds too few rows, or too few of a class",
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """The labelled rows.

    :param entities: ids of shape (n,).
    :param partitions: the number of each row's partition, of shape (n,), among ``days``.
    :param classes: the number of each row's class, of shape (n,); None where the target is a number.
    :param days: partitions with labels, oldest first.
    :param names: the classes.
    """

    entities: pa.Array
    partitions: np.ndarray
    classes: np.ndarray | None
    days: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Option:
    """What a split leaves of the newest 1, 2, ... partitions that may be tested on.

    :param split: the split.
    :param window: partitions that are learned from or tested on.
    :param rows: rows to test on.
    :param scarce: entities of each class among them.
    :param trained: rows to learn from.
    """

    split: Split
    window: int
    rows: tuple[int, ...]
    scarce: tuple[tuple[int, ...], ...]
    trained: int

    @property
    def tested(self) -> int:
        """Newest partitions that hold the usual least, or all that may be tested on."""
        for number, (rows, classes) in enumerate(zip(self.rows, self.scarce, strict=True), start=1):
            if rows >= ROWS and all(entities >= SCARCE for entities in classes):
                return number
        return len(self.rows)

    @property
    def usual(self) -> bool:
        """Whether the test set reaches the usual least."""
        return self.rows[-1] >= ROWS and all(entities >= SCARCE for entities in self.scarce[-1])

    @property
    def least(self) -> float:
        """How near the test set comes to the usual least, in its scarcest figure."""
        return min([self.rows[-1] / ROWS, *(entities / SCARCE for entities in self.scarce[-1])])


def count_rows(rows: Labelled, window: int, split: Split, entity: Entity) -> Option:
    """Count what a split leaves; of a later time than training at most half of the window is tested on.

    :param rows: the labelled rows.
    :param window: newest partitions that count.
    :param split: the split.
    :param entity: whom rows are about.
    """
    holdout = Holdout(seed=SEED, share=split.share, entity=entity.type, rotation=split.rotation)
    tested, held = holdout.select_tested(rows.entities), holdout.select(rows.entities)
    _, ids = np.unique(np.asarray(rows.entities.to_numpy(zero_copy_only=False)), return_inverse=True)
    first = len(rows.days) - window
    counts, scarce = [], []
    for newest in range(1, max(1, window // 2 if split.out_of_time else window) + 1):
        chosen = tested & (rows.partitions >= len(rows.days) - newest)
        counts.append(int(chosen.sum()))
        scarce.append(
            tuple(len(np.unique(ids[chosen & (rows.classes == number)])) for number in range(len(rows.names)))
            if rows.classes is not None
            else ()
        )
    option = Option(split=split, window=window, rows=tuple(counts), scarce=tuple(scarce), trained=0)
    learned = ~held & (rows.partitions >= first)
    if split.out_of_time:
        learned &= rows.partitions < len(rows.days) - option.tested
    return replace(option, trained=int(learned.sum()))
