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

from include.config.metric_names import METRICS
from include.evaluation.contributions import sum_by_entity
from include.evaluation.evidence import count_entities, count_rows
from include.evaluation.interval import contributed_gain
from include.evaluation.measures.base import THRESHOLD, Contributions
from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import MEASURES

if TYPE_CHECKING:
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.evidence import EntityRows

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
    scored, rows = Scored(target, scores, groups), count_rows(target, groups)
    found = sum_by_entity(MEASURES[name].influence(scored), groups)
    return gain_over_trivial(name, found, scored, rows, base_rate=base_rate, confidence=confidence)


def gain_over_trivial(
    name: str,
    found: Contributions,
    scored: Scored,
    rows: EntityRows,
    *,
    base_rate: float,
    confidence: float,
) -> ConfidenceInterval:
    """Return the same of a metric that is known.

    :param name: one of :data:`include.config.metric_names.TRIVIAL`.
    :param found: the metric, and what each entity contributes to it.
    :param scored: the rows with their scores and entities.
    :param rows: how many rows each entity has.
    :param base_rate: share of positives in the training set.
    :param confidence: as above.
    """
    measure, evidence, parted = MEASURES[name], rows.evidence, 0
    if measure.over_random_order:
        share = _answer(rows, of_negative=0.0, of_positive=1.0)
        gain = measure.over_random_order(found, share, evidence.everyone.entities)
    elif measure.values:
        each = measure.values(np.array([0, 1], dtype=np.int8), np.full(2, base_rate))
        trivial = _answer(rows, *each.tolist())
        gain = found - trivial if METRICS[name].higher_is_better else trivial - found
    else:
        raise KeyError(f"{name} knows no model that has learned nothing")
    if measure.counts_decisions:
        differs = (scored.scores > THRESHOLD) != (base_rate > THRESHOLD)
        parted = count_entities(np.flatnonzero(differs) if scored.groups is None else scored.groups[differs])
    return contributed_gain(name, gain, evidence, trivial_confidence(confidence), parted=parted)


def _answer(rows: EntityRows, of_negative: float, of_positive: float) -> Contributions:
    """Return a mean over rows that only the label decides, and what each entity contributes to it."""
    count, positives = int(rows.sizes.sum()), float(rows.positives.sum())
    value = (of_negative * (count - positives) + of_positive * positives) / count
    sums = of_negative * (rows.sizes - rows.positives) + of_positive * rows.positives - value * rows.sizes
    return Contributions(value=value, sums=sums, rows=count)
