"""Metrics of classes that are means of a value per row: the same for two classes and for more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.measures.base import Measure, mean_influence, reach_of_means
from include.evaluation.measures.likelihoods import decide, likelihoods
from include.evaluation.scale import LOG_ODDS, LOGARITHM

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.evaluation.scale import Scale

_EPS = float(np.finfo(np.float64).eps)


def mean_of(
    values: Callable[[np.ndarray, np.ndarray], np.ndarray],
    *,
    decisions: bool = False,
    scale: Scale = LOGARITHM,
    widest: float = 1.0,
) -> Measure:
    """Return the measure of a metric that is a mean over rows.

    :param values: from a target and scores to what each row is worth, float64 of shape (n,).
    :param decisions: whether rows about which two models decide the same say nothing.
    :param scale: the scale of its interval.
    :param widest: how far apart the best and the worst row can be.
    """
    return Measure(
        influence=lambda scored: mean_influence(values(scored.target, scored.scores), scored.weights),
        values=values,
        counts_decisions=decisions,
        scale=scale,
        flawless=lambda evidence, tail: widest * reach_of_means(evidence, tail),
        widest=widest,
    )


def _log_losses(target: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Negative log-likelihood in nats; scores are clipped to the resolution of their type."""
    losses: np.ndarray = likelihoods(target, np.clip(scores, _EPS, 1 - _EPS), overwrite=True)
    np.log(losses, out=losses)
    np.negative(losses, out=losses)
    return losses


def _brier_losses(target: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Squared distance between probability and label (Brier 1950)."""
    losses: np.ndarray = (scores - target) ** 2
    return losses


def _hits(target: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Whether the predicted class of a row is its own."""
    hits: np.ndarray = decide(scores) == target
    return hits.astype("float64")


LOG_LOSS = mean_of(_log_losses, widest=-float(np.log(_EPS)))
BRIER = mean_of(_brier_losses)
ACCURACY = mean_of(_hits, decisions=True, scale=LOG_ODDS)
