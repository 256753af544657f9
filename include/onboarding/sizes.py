"""How large window, split and test set can be: counted on the rows, by the split that will really be used.

Limits that are written down are reached by the past that the table holds. Where it is too small for the usual
ones they are lowered, down to the least with which a figure means anything, and what is missing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.onboarding.splits import ROWS, SCARCE, SPLITS, count_rows

if TYPE_CHECKING:
    from include.onboarding.entity import Entity
    from include.onboarding.splits import Labelled, Option
    from include.onboarding.time import Cut

_WINDOWS = {"day": 90, "week": 26, "month": 12}
_FEW_ROWS, _FEW_SCARCE = 60, 8
"""Below these an interval is as wide as what it is about."""
_TRAINING, _LABELS = 1000, 1000


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
    options = [count_rows(rows, window, split, entity) for window in windows for split in SPLITS]
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


def _why_share(chosen: Option) -> str:
    held = f"{chosen.rows[chosen.tested - 1]:,} rows of the newest {chosen.tested} partitions are tested on"
    return f"{chosen.split.why}; {held}"


def _why_window(window: int, usual: int, there: int) -> str:
    """Return the rest of the reason for a window."""
    if window > usual:
        return f"; all are learned from, as the newest {usual} hold too little to test on"
    return "" if window == there else f"; the newest {window} are learned from"


def _lacks(rows: Labelled, chosen: Option, scarce: int) -> str:
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
