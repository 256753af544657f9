"""What predictions were worth on labelled rows, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from include.records import RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping

CALIBRATION = RecordKind(name="calibration of a version", remedy="train the model again with *force*")
_BLOCKS = 20


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What predictions were worth on labelled rows, by blocks of about as many rows each.

    :param cuts: increasing scores between the blocks, one fewer than blocks.
    :param scores: mean score of each block.
    :param positives: rows of class 1 in each block.
    :param rows: rows in each block.
    """

    cuts: tuple[float, ...]
    scores: tuple[float, ...]
    positives: tuple[int, ...]
    rows: tuple[int, ...]

    def to_plain(self) -> dict[str, Any]:
        """Return JSON values; :meth:`from_plain` reads them."""
        return CALIBRATION.stamp({
            name: list(getattr(self, name)) for name in ("cuts", "scores", "positives", "rows")
        })

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Calibration:
        """Build a calibration from what :meth:`to_plain` gave, in this version or an earlier one.

        :raises DataError: it is damaged, or of a newer format.
        """
        return CALIBRATION.read(
            plain,
            lambda fields: cls(**{
                name: tuple(fields[name]) for name in ("cuts", "scores", "positives", "rows")
            }),
        )


def fit_calibration(scores: np.ndarray, target: np.ndarray, blocks: int = _BLOCKS) -> Calibration:
    """Learn what predictions are worth from rows that the champion was not trained on.

    :param scores: predictions, float64 of shape (n,), at least one row.
    :param target: 0 or 1 of shape (n,).
    :param blocks: blocks of about equal size, at most; equal scores never part.
    """
    cuts = np.unique(np.quantile(scores, np.linspace(0, 1, blocks + 1)[1:-1], method="lower"))
    cuts = cuts[cuts < scores.max()]  # every cut is a score, so that no block is empty
    block = np.searchsorted(cuts, scores, side="left")
    rows = np.bincount(block)
    return Calibration(
        cuts=tuple(cuts.tolist()),
        scores=tuple((np.bincount(block, weights=scores) / rows).tolist()),
        positives=tuple(np.bincount(block, weights=target).astype(int).tolist()),
        rows=tuple(rows.tolist()),
    )
