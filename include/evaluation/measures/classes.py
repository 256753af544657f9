"""Metrics of three classes or more: each a mean over the classes of what a binary metric says of one of them.

A class that no row of a set has says nothing there, and is left out of the mean, as scikit-learn does; a
metric of fewer than two classes is not defined. All are smooth functions of means over rows, so that a row's
influence is the sum of its influences on each class (for the AUC of each class against all others Provost and
Domingos 2000, "Well-trained PETs", and Fawcett 2006, "An introduction to ROC analysis").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.measures.base import Influence, Measure, mean_influence, undefined
from include.evaluation.measures.likelihoods import decide
from include.evaluation.measures.ranking import ROC_AUC, above_chance
from include.evaluation.measures.scored import Scored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.evaluation.measures.scored_classes import ScoredClasses

_FEWEST = 2


def _aucs(scored: ScoredClasses) -> Iterator[tuple[np.ndarray, Influence]]:
    """Yield, of each class that some rows have and some have not, who has it and its AUC."""
    for label in range(scored.scores.shape[1]):
        own = scored.target == label
        if own.any() and not own.all():
            one = Scored(own.view(np.int8), scored.scores[:, label], scored.groups, scored.weights)
            yield own, ROC_AUC.influence(one)


def _macro_auc(scored: ScoredClasses) -> Influence:
    found = [auc for _, auc in _aucs(scored)]
    if len(found) < _FEWEST:
        return undefined(len(scored))
    return Influence(
        value=float(np.mean([one.value for one in found])),
        rows=np.mean([one.rows for one in found], axis=0),
    )


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


def _mean_of_ratios(scored: ScoredClasses, *, precision: bool) -> Influence:
    """Return the mean over the classes of their recall, or of its harmonic mean with the precision."""
    decided, found = decide(scored.scores), []
    for label in range(scored.scores.shape[1]):
        own, said = scored.target == label, decided == label
        if not own.any() and not (precision and said.any()):
            continue
        hits = (own & said).astype(np.float64)
        found.append(
            _of_ratio(2 * hits, own + said.astype(np.float64), scored.weights)
            if precision
            else _of_ratio(hits, own, scored.weights)
        )
    if np.unique(scored.target).size < _FEWEST:
        return undefined(len(scored))
    return Influence(
        value=float(np.mean([one.value for one in found])),
        rows=np.mean([one.rows for one in found], axis=0),
    )


ROC_AUC_MACRO = Measure(influence=_macro_auc, over_trivial=above_chance, by_class=True)
ROC_AUC_WEIGHTED = Measure(influence=_weighted_auc, over_trivial=above_chance, by_class=True)
BALANCED_ACCURACY = Measure(
    influence=lambda scored: _mean_of_ratios(scored, precision=False), counts_decisions=True, by_class=True
)
F1_MACRO = Measure(
    influence=lambda scored: _mean_of_ratios(scored, precision=True), counts_decisions=True, by_class=True
)
