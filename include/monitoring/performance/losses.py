"""Losses of single predictions of a number, from which a metric is made: what a loss model learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, kw_only=True)
class Loss:
    """How a metric follows from losses.

    :param of_rows: from a target, predictions and the quantile they are meant for to the loss of each row,
        float64 of shape (n,); None where a row's is not defined.
    :param power: the metric is the mean loss to this power.
    """

    of_rows: Callable[[np.ndarray, np.ndarray, float], np.ndarray | None]
    power: float = 1.0


def _pinball(target: np.ndarray, predicted: np.ndarray, quantile: float) -> np.ndarray:
    above = target - predicted
    return np.asarray(np.maximum(quantile * above, (quantile - 1) * above))


def _relative(target: np.ndarray, predicted: np.ndarray, _: float) -> np.ndarray | None:
    return np.asarray(np.abs((predicted - target) / target)) if target.all() else None


LOSSES: dict[str, Loss] = {
    "rmse": Loss(of_rows=lambda target, predicted, _: (predicted - target) ** 2, power=0.5),
    "mae": Loss(of_rows=lambda target, predicted, _: np.abs(predicted - target)),
    "pinball": Loss(of_rows=_pinball),
    "mape": Loss(of_rows=_relative),
}
"""By the metric; what a prediction alone does not tell (R2: the targets' variance) is not among them."""
