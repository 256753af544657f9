"""Metrics of three classes or more: each a mean over the classes of what a binary metric says of one of them.

A class that no row of a set has says nothing there, and is left out of the mean, as scikit-learn does; a
metric of fewer than two classes is not defined. All are smooth functions of means over rows, so that a row's
influence is the sum of its influences on each class (for the AUC of each class against all others Provost and
Domingos 2000, "Well-trained PETs", and Fawcett 2006, "An introduction to ROC analysis").
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from include.data.weights import count_equivalent
from include.evaluation.measures.base import Influence, Measure, mean_influence, undefined
from include.evaluation.measures.likelihoods import decide
from include.evaluation.measures.ranking import ROC_AUC, above_chance
from include.evaluation.measures.scored import Scored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.evaluation.evidence import Evidence
    from include.evaluation.measures.scored_classes import ScoredClasses

_FEWEST = 2
_HITS = 2  # and as many misses are added to those of a class


def _aucs(scored: ScoredClasses) -> Iterator[tuple[np.ndarray, Influence]]:
    """Yield, of each class that some rows have and some have not, who has it and its AUC."""
    for label in range(scored.scores.shape[1]):
        own = scored.target == label
        if own.any() and not own.all():
            one = Scored(own.view(np.int8), scored.scores[:, label], scored.groups, scored.weights)
            yield own, ROC_AUC.influence(one)


def _macro_auc(scored: ScoredClasses) -> Influence:
    found = [auc for _, auc in _aucs(scored)]
    return _mean(found) if len(found) >= _FEWEST else undefined(len(scored))


def _weighted_auc(scored: ScoredClasses) -> Influence:
    """A class weighs as many rows as it has, which moves with the rows too."""
    value, rows, count = 0.0, np.zeros(len(scored)), 0
    for own, auc in _aucs(scored):
        share = mean_influence(own, scored.weights)
        value += share.value * auc.value
        rows += share.value * auc.rows + auc.value * share.rows
        count += 1
    return Influence(value=value, rows=rows) if count >= _FEWEST else undefined(len(scored))


def _of_ratio(above: np.ndarray, below: np.ndarray, weights: np.ndarray | None) -> Influence:
    """Return the ratio of two means, and the influence of each row on it."""
    mean = mean_influence(below, weights).value
    value = mean_influence(above, weights).value / mean
    rows = (above - value * below) / mean
    return Influence(value=value, rows=rows if weights is None else rows * weights)


def _mean(found: list[Influence]) -> Influence:
    """Return the mean of figures of several classes."""
    return Influence(
        value=float(np.mean([one.value for one in found])),
        rows=np.mean([one.rows for one in found], axis=0),
    )


def _balanced_accuracy(scored: ScoredClasses) -> Influence:
    """Return the mean over the classes of their recall, with the spread that few rows may not have shown.

    A class all of whose rows are right shows no spread at all, and one of few rows often too little: with 15
    rows of one class among 2,000 the lower end lay above the truth in 30 of a hundred cases instead of 2.5.
    So their spread is that of recalls with two hits and two misses more, where it is larger (Agresti and
    Coull 1998, The American Statistician 52).
    """
    hit, found, seen, possible = decide(scored.scores) == scored.target, [], 0.0, 0.0
    for label in range(scored.scores.shape[1]):
        own = scored.target == label
        if not own.any():
            continue
        found.append(_of_ratio((own & hit).astype(np.float64), own, scored.weights))
        recall, count = found[-1].value, _count_alike(scored, own)
        moved = (recall * count + _HITS) / (count + 2 * _HITS)
        variances = recall * (1 - recall) / count, moved * (1 - moved) / (count + 2 * _HITS)
        seen, possible = seen + variances[0], possible + max(variances)
    if len(found) < _FEWEST:
        return undefined(len(scored))
    return replace(_mean(found), unseen=(possible / seen) ** 0.5 if seen > 0 else 1.0)


def _count_alike(scored: ScoredClasses, chosen: np.ndarray) -> float:
    """Return how many entities of equal weight would say as much as some rows, at least one."""
    weights = np.ones(int(chosen.sum())) if scored.weights is None else scored.weights[chosen]
    return count_equivalent(
        weights if scored.groups is None else np.bincount(scored.groups[chosen], weights=weights)
    )


def _f1(scored: ScoredClasses) -> Influence:
    """Return the mean over the classes of the harmonic mean of precision and recall."""
    decided, found = decide(scored.scores), []
    for label in range(scored.scores.shape[1]):
        own, said = scored.target == label, decided == label
        if own.any() or said.any():
            hits = (own & said).astype(np.float64)
            found.append(_of_ratio(2 * hits, own + said.astype(np.float64), scored.weights))
    return _mean(found) if np.unique(scored.target).size >= _FEWEST else undefined(len(scored))


def _reach_of_rarest(evidence: Evidence, tail: float) -> float:
    """Return how far a flawless mean over classes may lie from the truth.

    It is farthest where all that may have been missed is of the class with the fewest entities, and never
    farther than if every class had as few (:func:`include.evaluation.measures.base.reach_of_means`).

    :param evidence: what the rows can tell.
    :param tail: probability that the truth lies farther away.
    """
    fewest = min(one.alike for one in evidence.classes.values())
    return float(1 - tail ** (1 / (len(evidence.classes) * fewest)))


def _reach_by_share(evidence: Evidence, tail: float) -> float:
    """Return the same for a mean over classes by their share, where each class is held against all others.

    One that has most of the rows is held against few.
    """
    classes = [one.alike for one in evidence.classes.values()]
    others = sum(classes) / max(classes) - 1
    return float(1 - tail ** (1 / (evidence.everyone.alike * min(1.0, others))))


ROC_AUC_MACRO = Measure(
    influence=_macro_auc, over_trivial=above_chance, by_class=True, flawless=_reach_of_rarest
)
ROC_AUC_WEIGHTED = Measure(
    influence=_weighted_auc, over_trivial=above_chance, by_class=True, flawless=_reach_by_share
)
BALANCED_ACCURACY = Measure(
    influence=_balanced_accuracy, counts_decisions=True, by_class=True, flawless=_reach_of_rarest
)
F1_MACRO = Measure(influence=_f1, counts_decisions=True, by_class=True, flawless=_reach_of_rarest)
