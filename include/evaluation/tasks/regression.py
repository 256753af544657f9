"""Evaluating models that predict a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.config.tasks import TASKS
from include.evaluation.evidence import count_rows_of_numbers
from include.evaluation.measures.scored_numbers import ScoredNumbers
from include.evaluation.metrics import MEASURES
from include.evaluation.tasks.base import EvaluationTask, OverTrivial
from include.evaluation.tasks.constant import over_constant

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.data.dataset_record import Part
    from include.evaluation.evidence import EntityRows
    from include.evaluation.measures.base import Contributions
    from include.evaluation.measures.scored_rows import ScoredRows

_ANSWERS = {"rmse": "mean", "mae": "median", "mape": "middle_share", "pinball": "quantile"}


def _explain_scores(scores: np.ndarray, rows: int, _: ModelConfig) -> str | None:
    if scores.shape != (rows,):
        return f"its predictions have the shape {scores.shape}, expected one for each of {rows} test rows"
    wrong = int((~np.isfinite(scores)).sum())
    return f"{wrong} of its {rows} predictions are not finite numbers" if wrong else None


def _over_trivial(
    name: str, found: Contributions, scored: ScoredRows, rows: EntityRows, trained: Part
) -> OverTrivial:
    """Each error is compared with that of the constant which makes it smallest on the training set."""
    measure = MEASURES[name]
    if measure.over_trivial:
        return OverTrivial(measure.over_trivial(found, None, rows.evidence.everyone.entities))
    return over_constant(name, found, scored, np.array(trained.target[_ANSWERS[name]]))


REGRESSION = EvaluationTask(
    facts=TASKS["regression"],
    scored=lambda target, scores, groups, config, weights=None: ScoredNumbers(
        target, scores, groups, weights, quantile=config.target.quantile
    ),
    count_rows=lambda target, groups, _, weights=None: count_rows_of_numbers(target, groups, weights),
    explain_scores=_explain_scores,
    explain_target=lambda _: "",
    count_classes=lambda _, __: (),
    describe_target=lambda target, _: f"mean {target.mean():.6g}, median {np.median(target):.6g}",
    over_trivial=_over_trivial,
    fewest="rows",
)
