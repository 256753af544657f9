"""Metrics of a target that is a number: errors in its unit, and how much of its variance is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.measures.base import Influence, Measure, mean_influence, undefined
from include.evaluation.scale import LOGARITHM, PLAIN

if TYPE_CHECKING:
    from include.evaluation.measures.scored_numbers import ScoredNumbers


def _rmse(scored: ScoredNumbers) -> Influence:
    """By the delta method, a row moves the root of a mean by what it moves the mean over twice the root."""
    squares = mean_influence(scored.errors**2, scored.weights)
    root = squares.value**0.5
    return Influence(value=root, rows=squares.rows / (2 * root) if root else squares.rows)


def _mae(scored: ScoredNumbers) -> Influence:
    return mean_influence(np.abs(scored.errors), scored.weights)


def _r2(scored: ScoredNumbers) -> Influence:
    """One minus a ratio of two means; the mean inside of the second one has no influence of first order."""
    if (
        scored.target.min() == scored.target.max()
    ):  # their mean, and so their variance, may miss it by rounding
        return undefined(len(scored))
    squares = mean_influence(scored.errors**2, scored.weights)
    middle = mean_influence(scored.target, scored.weights).value
    around = mean_influence((scored.target - middle) ** 2, scored.weights)
    ratio = squares.value / around.value
    return Influence(value=1 - ratio, rows=(ratio * around.rows - squares.rows) / around.value)


def _pinball(scored: ScoredNumbers) -> Influence:
    """The loss that a quantile minimises (Koenker and Bassett 1978, Econometrica 46)."""
    above = -scored.errors  # how far the target lies above the prediction
    losses = np.maximum(scored.quantile * above, (scored.quantile - 1) * above)
    return mean_influence(losses, scored.weights)


def _mape(scored: ScoredNumbers) -> Influence:
    if not scored.target.all():
        return undefined(len(scored))
    return mean_influence(np.abs(scored.errors / scored.target), scored.weights)


RMSE = Measure(influence=_rmse, scale=LOGARITHM, flawless=None)
MAE = Measure(influence=_mae, scale=LOGARITHM, flawless=None)
R2 = Measure(influence=_r2, over_trivial=lambda found, _, __: found, scale=PLAIN, flawless=None)
PINBALL = Measure(influence=_pinball, scale=LOGARITHM, flawless=None)
MAPE = Measure(influence=_mape, scale=LOGARITHM, flawless=None)
