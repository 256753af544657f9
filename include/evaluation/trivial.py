"""How much better a candidate is than a model that has learned nothing: the least that every gate asks.

For probabilities (``log_loss``, ``brier``) that model always answers the share of positives in the training
set; for decisions (``accuracy``) it always answers training's larger class; for a ranking it is a random
order of the same rows, which reaches an AUC of 0.5. The average precision of a random order is a little more
than the share of positives, and much more on a few rows: the exact expectation (Bestgen 2015, Linguisticae
Investigationes 38) is used.

The interval is one of 99 % at least, whatever ``gate.confidence`` is: nobody can switch the rule off with a
low confidence, and on small test sets with many rows of few entities, where an interval of 95 % lets up to 4
of a hundred models without any skill pass instead of 2.5, this one lets 1 pass (``make bench-luck``). A model
that is of use beats chance by far more.

Only the calibration error knows no such model: who always answers the true rate makes no error at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.influence import Influence, mean_influence, measure_gain, measure_influence
from include.evaluation.interval import gain_interval
from include.evaluation.metrics import THRESHOLD

if TYPE_CHECKING:
    from include.evaluation.confidence_interval import ConfidenceInterval

_CONFIDENCE = 0.99


def trivial_confidence(confidence: float) -> float:
    """Return the level at which a candidate must beat a trivial model.

    :param confidence: the gate's level, which can only make it higher.
    """
    return max(confidence, _CONFIDENCE)


def compare_with_trivial(
    name: str,
    target: np.ndarray,
    scores: np.ndarray,
    groups: np.ndarray,
    *,
    base_rate: float,
    confidence: float,
) -> ConfidenceInterval:
    """Return how much better a model is than the trivial one (above 0: better, whatever the metric).

    :param name: one of :data:`include.config.metric_names.TRIVIAL`.
    :param target: 0 or 1 of shape (n,), at least one row.
    :param scores: the model's probabilities of class 1, float64 of shape (n,).
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,).
    :param base_rate: share of positives in the training set.
    :param confidence: level of the other intervals; this one has that of :func:`trivial_confidence`.
    :return: without an interval, and with the reason, where the test set holds too little to tell.
    """
    answers = np.full(len(target), base_rate)
    if name == "roc_auc":
        gain = measure_influence(name, target, scores)
        gain = Influence(value=gain.value - 0.5, rows=gain.rows)
    elif name == "average_precision":
        gain = _precision_gain(target, scores, int(groups.max()) + 1)
    else:
        gain = measure_gain(name, target, scores, answers)
    return gain_interval(
        name,
        gain,
        target,
        groups,
        trivial_confidence(confidence),
        differs=(scores > THRESHOLD) != (answers > THRESHOLD),
    )


def _precision_gain(target: np.ndarray, scores: np.ndarray, entities: int) -> Influence:
    """Return the average precision beyond a random order, which moves with the share of positives."""
    share = mean_influence((target == 1).astype("float64"))
    found = measure_influence("average_precision", target, scores)
    expected = expected_precision(share.value, entities)
    return Influence(value=found.value - expected, rows=found.rows - share.rows)


def expected_precision(rate: float, entities: int) -> float:
    """Return the average precision that a random order reaches on average.

    :param rate: share of positives.
    :param entities: how many independent rows there are.
    """
    if entities <= 1:
        return rate
    harmonic = float((1 / np.arange(1, entities + 1)).sum())
    others = (rate * entities - 1) / (entities - 1)
    return min((harmonic + others * (entities - harmonic)) / entities, 1.0)
