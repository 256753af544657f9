"""How large window, split and test set can be: counted on the rows, by the split that will really be used.

Limits that are written down are reached by the past that the table holds. Where it is too small for the usual
ones they are lowered, down to the least with which a figure means anything, and what is missing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.data.splits import Holdout

if TYPE_CHECKING:
    import pyarrow as pa

    from include.onboarding.entity import Entity
    from include.onboarding.time import Cut

SEED = 1
"""``split.seed``: of the split that is counted, and that training uses."""
_WINDOWS = {"day": 90, "week": 26, "month": 12}
ROWS, SCARCE = 300, 40
"""The usual least test set: rows, and entities of each class."""
_FEW_ROWS, _FEW_SCARCE = 60, 8
"""Below these an interval is as wide as what it is about."""
_TRAINING, _LABELS = 1000, 1000


@dataclass(frozen=True, kw_only=True)
class _Split:
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


_SPLITS = (
    _Split(share=0.3333, rotation=0.25, out_of_time=True, why="a third is held back"),
    _Split(
        share=0.3333, rotation=0.0, out_of_time=True,
        why="a third is held back, and stays the same (rotation 0), as the table is small",
    ),
    _Split(
        share=0.5, rotation=0.0, out_of_time=True,
        why="half is held back, and stays the same (rotation 0), as the table is small",
    ),
    _Split(
        share=0.5, rotation=0.0, out_of_time=False,
        why="half is held back, stays the same (rotation 0), and is tested in all of the window "
        "(out_of_time false), as its newer half holds too few rows, or too few of a class",
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is learned from and tested on.

    :param window: partitions of ``window.partitions``.
    :param min_train: ``window.min_rows``.
    :param test_share: ``split.test_share``.
    :param rotation: ``split.rotation``.
    :param out_of_time: ``split.out_of_time``.
    :param min_rows: ``gate.min_rows``.
    :param min_scarce: ``gate.min_positives``.
    :param trained: rows that there are to train on now.
    :param tested: newest partitions that a test set takes.
    :param watched: ``monitoring.performance.min_rows``.
    :param new_labels: ``monitoring.policy.min_new_labels``.
    :param reasons: key of ``model.yaml`` to why.
    :param lacks: what is missing for a test set; empty where nothing is.
    """

    window: int
    min_train: int
    test_share: float
    rotation: float
    out_of_time: bool
    min_rows: int
    min_scarce: int
    trained: int
    tested: int
    watched: int
    new_labels: int
    reasons: dict[str, str]
    lacks: str = ""


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


def choose_sizes(rows: Labelled, cut: Cut, entity: Entity) -> Sizes:
    """Return sizes that the rows allow.

    :param rows: the labelled rows.
    :param cut: the partitions.
    :param entity: whom they are about.
    """
    usual_window = min(len(rows.days), _WINDOWS[cut.every])
    windows = dict.fromkeys((
        usual_window,
        len(rows.days),
    ))  # a longer one where the usual one holds too little
    options = [_count(rows, window, split, entity) for window in windows for split in _SPLITS]
    chosen = next((one for one in options if one.usual), None) or max(options, key=lambda one: one.least)
    window = chosen.window
    most = max(1, chosen.rows[-1])
    min_rows = ROWS if chosen.rows[-1] >= ROWS else max(1, round(0.8 * most))
    scarce = min(chosen.scarce[-1]) if chosen.scarce[-1] else 0
    min_scarce = SCARCE if scarce >= SCARCE or not chosen.scarce[-1] else max(1, int(0.8 * scarce))
    train = max(1, round(0.5 * chosen.trained))
    usual = cut.usual
    reasons = {
        "window.partitions": f"there are {len(rows.days)} labelled {cut.every}s"
        + _why_window(window, usual_window, len(rows.days)),
        "window.min_rows": f"half of the {chosen.trained:,} rows that there are to train on now"
        if train < _TRAINING
        else "the usual least",
        "split.test_share": _why_share(chosen),
        "gate.min_rows": "the usual least"
        if min_rows == ROWS
        else f"four fifths of the {most:,} rows that the newest {chosen.tested} partitions hold back",
        "gate.min_positives": "the usual least of each class"
        if min_scarce == SCARCE
        else f"four fifths of the {scarce:,} that the rarest class has there",
    }
    return Sizes(
        window=window,
        min_train=min(train, _TRAINING),
        test_share=chosen.split.share,
        rotation=chosen.split.rotation,
        out_of_time=chosen.split.out_of_time,
        min_rows=min_rows,
        min_scarce=min_scarce,
        trained=chosen.trained,
        tested=chosen.tested,
        watched=max(1, min(ROWS, round(0.5 * usual))),
        new_labels=max(1, min(_LABELS, usual)),
        reasons=reasons,
        lacks=_lacks(rows, chosen, scarce),
    )


@dataclass(frozen=True, kw_only=True)
class _Option:
    """What a split leaves: of the newest 1, 2, ... partitions that may be tested on."""

    split: _Split
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


def _count(rows: Labelled, window: int, split: _Split, entity: Entity) -> _Option:
    """Count what a split leaves; of an earlier time at most half of the window is tested on."""
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
    option = _Option(split=split, window=window, rows=tuple(counts), scarce=tuple(scarce), trained=0)
    learned = ~held & (rows.partitions >= first)
    if split.out_of_time:
        learned &= rows.partitions < len(rows.days) - option.tested
    return _Option(**{**vars(option), "trained": int(learned.sum())})


def _why_share(chosen: _Option) -> str:
    held = f"{chosen.rows[chosen.tested - 1]:,} rows of the newest {chosen.tested} partitions are tested on"
    return f"{chosen.split.why}; {held}"


def _why_window(window: int, usual: int, there: int) -> str:
    """Return the rest of the reason for a window."""
    if window > usual:
        return f"; all are learned from, as the newest {usual} hold too little to test on"
    return "" if window == there else f"; the newest {window} are learned from"


def _lacks(rows: Labelled, chosen: _Option, scarce: int) -> str:
    """Return what is missing for a test set from which anything follows."""
    found = []
    if chosen.rows[-1] < _FEW_ROWS:
        found.append(f"{chosen.rows[-1]:,} rows to test on, of {_FEW_ROWS} from which on anything follows")
    if rows.classes is not None and scarce < _FEW_SCARCE:
        rare = rows.names[int(np.argmin(chosen.scarce[-1]))]
        found.append(
            f"{scarce} with the class {rare} to test on, of {_FEW_SCARCE} from which on anything follows"
        )
    return "; ".join(found)
