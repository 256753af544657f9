"""Evaluating models of two classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.config.tasks import TASKS
from include.evaluation.evidence import count_rows
from include.evaluation.gains import find_gain
from include.evaluation.measured import count_parted
from include.evaluation.measures.base import Contributions
from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import MEASURES
from include.evaluation.slices import explain_one_class
from include.evaluation.tasks.base import EvaluationTask, OverTrivial

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.data.dataset_record import Part
    from include.evaluation.evidence import EntityRows
    from include.evaluation.measures.scored_rows import ScoredRows


def _explain_scores(scores: np.ndarray, rows: int, _: ModelConfig) -> str | None:
    if scores.shape != (rows,):
        return f"its scores have the shape {scores.shape}, expected one for each of {rows} test rows"
    wrong = int((~((scores >= 0) & (scores <= 1))).sum())
    return f"{wrong} of its {rows} scores are no probability between 0 and 1" if wrong else None


def over_trivial(
    name: str, found: Contributions, scored: ScoredRows, rows: EntityRows, trained: Part
) -> OverTrivial:
    """Return how much better a model is than a random order, or than the training set's share of positives.

    What the constant reaches follows from the labels alone, so that nothing is computed by row.
    """
    measure = MEASURES[name]
    if measure.over_trivial:
        share = _answer(rows, of_negative=0.0, of_positive=1.0)
        return OverTrivial(measure.over_trivial(found, share, rows.evidence.everyone.entities))
    values = measure.of_rows(scored.costs if isinstance(scored, Scored) else None)
    if not values:
        raise KeyError(f"{name} knows no model that has learned nothing")
    each = values(np.array([0, 1], dtype=np.int8), np.full(2, trained.rate))
    gain = find_gain(name, found, _answer(rows, *each.tolist()))
    if not measure.counts_decisions:
        return OverTrivial(gain)
    constant = scored.answered(np.broadcast_to(trained.rate, len(scored)))
    return OverTrivial(gain, count_parted(name, scored, constant))


def _answer(rows: EntityRows, of_negative: float, of_positive: float) -> Contributions:
    """Return a mean over rows that only the label decides, and what each entity contributes to it."""
    count, positives = round(float(rows.sizes.sum())), float(rows.positives.sum())
    value = (of_negative * (count - positives) + of_positive * positives) / count
    sums = of_negative * (rows.sizes - rows.positives) + of_positive * rows.positives - value * rows.sizes
    return Contributions(value=value, sums=sums, rows=count)


BINARY = EvaluationTask(
    facts=TASKS["binary"],
    scored=lambda target, scores, groups, config, weights=None: Scored(
        target, scores, groups, weights, costs=config.gate.costs
    ),
    count_rows=lambda target, groups, _, weights=None: count_rows(target, groups, weights),
    explain_scores=_explain_scores,
    explain_target=lambda target: explain_one_class(int(target.sum()), len(target)),
    count_classes=lambda target, _: (len(target) - int(target.sum()), int(target.sum())),
    describe_target=lambda target, _: f"{int(target.sum())} positives",
    over_trivial=over_trivial,
    fewest="of either",
    streams=True,
)
