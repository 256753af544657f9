"""What decisions cost: the mean over rows of what a wrong one costs, where right ones cost nothing.

A row is decided as 1 where its probability lies above the one at which both decisions cost the same in
expectation: ``false_positive / (false_positive + false_negative)`` (Elkan 2001, The Foundations of
Cost-Sensitive Learning, IJCAI, equation 2). A cost matrix of four entries is one of two: what a right
decision about a row costs or brings is subtracted from what the wrong one costs (Elkan, section 1.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.measures.base import Influence, Measure, mean_influence, undefined
from include.evaluation.scale import LOGARITHM

if TYPE_CHECKING:
    from include.config.gate_schema import Costs
    from include.evaluation.measures.scored import Scored


def decide_by_cost(scores: np.ndarray, costs: Costs) -> np.ndarray:
    """Return the cheaper decision about each row, int8 of shape (n,).

    :param scores: probabilities of class 1 of shape (n,).
    :param costs: what wrong decisions cost.
    """
    return (scores > costs.threshold).astype(np.int8)


def row_costs(target: np.ndarray, scores: np.ndarray, costs: Costs) -> np.ndarray:
    """Return what the decision about each row costs, float64 of shape (n,).

    :param target: 0 or 1 of shape (n,).
    :param scores: probabilities of class 1 of shape (n,).
    :param costs: what wrong decisions cost.
    """
    decided, positive = decide_by_cost(scores, costs) == 1, np.asarray(target) == 1
    found: np.ndarray = np.where(decided & ~positive, costs.false_positive, 0.0)
    return found + np.where(~decided & positive, costs.false_negative, 0.0)


def _influence(scored: Scored) -> Influence:
    if scored.costs is None:
        return undefined(len(scored))
    return mean_influence(row_costs(scored.target, scored.scores, scored.costs), scored.weights)


def _decide(scored: Scored) -> np.ndarray:
    return (
        np.zeros(len(scored), np.int8)
        if scored.costs is None
        else decide_by_cost(scored.scores, scored.costs)
    )


EXPECTED_COST = Measure(
    influence=_influence,
    costs=row_costs,
    counts_decisions=True,
    decide=_decide,
    scale=LOGARITHM,
    flawless=None,
)
