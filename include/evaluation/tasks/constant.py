"""The gain over a model that answers the same to every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.contributions import sum_by_entity
from include.evaluation.gains import find_gain
from include.evaluation.measured import count_parted
from include.evaluation.metrics import MEASURES
from include.evaluation.tasks.base import OverTrivial

if TYPE_CHECKING:
    from include.evaluation.measures.base import Contributions
    from include.evaluation.measures.scored_rows import ScoredRows


def over_constant(name: str, found: Contributions, scored: ScoredRows, answer: np.ndarray) -> OverTrivial:
    """Return how much better a model is than one constant answer on the same rows.

    :param name: the metric.
    :param found: its figure, and what each entity contributes to it.
    :param scored: the rows.
    :param answer: the constant: a number of shape (), or one for each class of shape (k,).
    """
    constant = scored.answered(np.broadcast_to(answer, scored.scores.shape))
    other = sum_by_entity(MEASURES[name].influence(constant), scored.groups, len(found.sums))
    return OverTrivial(find_gain(name, found, other), count_parted(name, scored, constant))
