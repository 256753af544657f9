"""What predictions were worth on labelled rows, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from include.data.weights import relative_weights
from include.records import Record, RecordKind

CALIBRATION = RecordKind(name="calibration of a version", remedy="train the model again with *force*")
_BLOCKS = 20
_FIELDS = ("cuts", "scores", "positives", "rows")


@dataclass(frozen=True, kw_only=True)
class Calibration(Record, kind=CALIBRATION):
    """What predictions were worth on labelled rows, by blocks of about as many rows each.

    Where rows have weights, those of a block count as so many of equal weight as would say as much.

    :param cuts: increasing scores between the blocks, one fewer than blocks.
    :param scores: mean score of each block, by weight.
    :param positives: rows of class 1 in each block.
    :param rows: rows in each block.
    """

    cuts: tuple[float, ...]
    scores: tuple[float, ...]
    positives: tuple[float, ...]
    rows: tuple[float, ...]

    def _plain(self) -> dict[str, Any]:
        return {name: list(getattr(self, name)) for name in _FIELDS}

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        return cls(**{name: tuple(fields[name]) for name in _FIELDS})


def fit_calibration(
    scores: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None, *, blocks: int = _BLOCKS
) -> Calibration:
    """Learn what predictions are worth from rows that the champion was not trained on.

    :param scores: predictions, float64 of shape (n,), at least one row.
    :param target: 0 or 1 of shape (n,).
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    :param blocks: blocks of about equal size, at most; equal scores never part.
    """
    cuts = np.unique(np.quantile(scores, np.linspace(0, 1, blocks + 1)[1:-1], method="lower"))
    cuts = cuts[cuts < scores.max()]  # every cut is a score, so that no block is empty
    block = np.searchsorted(cuts, scores, side="left")
    if weights is not None:
        return _weigh(cuts, block, scores, target, relative_weights(weights))
    rows = np.bincount(block)
    return Calibration(
        cuts=tuple(cuts.tolist()),
        scores=tuple((np.bincount(block, weights=scores) / rows).tolist()),
        positives=tuple(np.bincount(block, weights=target).astype(int).tolist()),
        rows=tuple(rows.tolist()),
    )


def _weigh(
    cuts: np.ndarray, block: np.ndarray, scores: np.ndarray, target: np.ndarray, weights: np.ndarray
) -> Calibration:
    """Return what blocks of rows with weights were worth."""
    total, squares, answered, found = (
        np.bincount(block, weights=values)
        for values in (weights, weights**2, weights * scores, weights * target)
    )
    rows = total**2 / squares  # Kish's: so many of equal weight say as much
    return Calibration(
        cuts=tuple(cuts.tolist()),
        scores=tuple((answered / total).tolist()),
        positives=tuple(np.minimum(rows * (found / total), rows).tolist()),
        rows=tuple(rows.tolist()),
    )
