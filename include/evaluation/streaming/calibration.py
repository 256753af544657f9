"""Parts of equal mass for the calibration error, from counts by bin."""

from __future__ import annotations

import numpy as np

CALIBRATION = "calibration_error"
PARTS = 15


def cut_parts(counts: np.ndarray) -> np.ndarray:
    """Return the part of each bin, integers of shape (bins,): about as many rows in each part.

    A bin goes whole into the part that its first rows belong to, as equal scores do in
    :mod:`include.evaluation.measures.calibration`.

    :param counts: rows in each bin, integers of shape (bins,).
    """
    rows = int(counts.sum())
    if not rows:
        return np.zeros(len(counts), dtype=np.uint8)
    ranks = (np.arange(1, PARTS) * (rows - 1)) // PARTS
    last = np.unique(np.searchsorted(np.cumsum(counts), ranks, side="right"))
    return np.searchsorted(last, np.arange(len(counts)), side="left").astype(np.uint8)


def cut_parts_by_weight(weights: np.ndarray) -> np.ndarray:
    """Return the part of each bin, integers of shape (bins,): about as much weight in each part.

    :param weights: weight in each bin, in whole units, int64 of shape (bins,).
    """
    up_to = np.cumsum(weights).astype(np.float64)
    last = np.unique(np.searchsorted(up_to, np.arange(1, PARTS) * (up_to[-1] / PARTS), side="right"))
    return np.searchsorted(last, np.arange(len(weights)), side="left").astype(np.uint8)
