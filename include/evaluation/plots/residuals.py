"""The points behind the plots of predicted numbers: what is drawn, computed apart from how."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

BINS_SHOWN = 60
_BINS = 20
_FEWEST_IN_BIN = 5
_SHOWN = (0.1, 99.9)  # percent of the errors that a histogram shows


class Quarters(NamedTuple):
    """Errors over bins of the prediction, each of as many rows.

    :param predicted: median prediction of each bin, shape (k,).
    :param low: first quartile of its errors.
    :param median: their median.
    :param high: their third quartile.
    """

    predicted: np.ndarray
    low: np.ndarray
    median: np.ndarray
    high: np.ndarray


def error_range(errors: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return the range that holds all but the farthest 0.2 % of some errors.

    :param errors: the errors of each model, of shape (n,).
    """
    low, high = np.percentile(np.concatenate(errors), _SHOWN).tolist()
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def quarters_by_prediction(target: np.ndarray, predictions: np.ndarray) -> Quarters:
    """Return median and middle half of the errors, prediction minus truth, from low predictions to high.

    :param target: numbers of shape (n,), one at least.
    :param predictions: of shape (n,).
    """
    order = np.argsort(predictions, kind="stable")
    parts = np.array_split(order, min(_BINS, max(1, len(order) // _FEWEST_IN_BIN)))
    parts = [part for part in parts if len(part)]
    found = np.array([np.percentile(predictions[part] - target[part], [25, 50, 75]) for part in parts]).T
    middles = np.array([np.median(predictions[part]) for part in parts])
    return Quarters(predicted=middles, low=found[0], median=found[1], high=found[2])
