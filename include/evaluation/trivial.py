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

from include.evaluation.influence import measure_gain
from include.evaluation.interval import gain_interval
from include.evaluation.measures.base import THRESHOLD
from include.evaluation.metrics import MEASURES

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
    over_random_order = MEASURES[name].over_random_order
    gain = (
        over_random_order(target, scores, int(groups.max()) + 1)
        if over_random_order
        else measure_gain(name, target, scores, answers)
    )
    return gain_interval(
        name,
        gain,
        target,
        groups,
        trivial_confidence(confidence),
        differs=(scores > THRESHOLD) != (answers > THRESHOLD),
    )
