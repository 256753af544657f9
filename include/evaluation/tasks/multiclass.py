"""Evaluating models of three classes or more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.config.tasks import TASKS
from include.evaluation.evidence import count_rows_of_classes
from include.evaluation.measures.scored_classes import ScoredClasses
from include.evaluation.metrics import MEASURES
from include.evaluation.tasks.base import EvaluationTask, OverTrivial
from include.evaluation.tasks.constant import over_constant
from include.names import shown, shown_all

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.data.dataset_record import Part
    from include.evaluation.evidence import EntityRows
    from include.evaluation.measures.base import Contributions
    from include.evaluation.measures.scored_rows import ScoredRows

_ROUNDING = 1e-6  # by which the probabilities of a row may miss 1


def _count_rows(
    target: np.ndarray, groups: np.ndarray | None, config: ModelConfig, weights: np.ndarray | None = None
) -> EntityRows:
    names = [f"the label {name}" for name in shown_all(config.target.classes)]
    return count_rows_of_classes(target, groups, names, weights)


def _explain_scores(scores: np.ndarray, rows: int, config: ModelConfig) -> str | None:
    expected = (rows, len(config.target.classes))
    if scores.shape != expected:
        return (
            f"its scores have the shape {scores.shape}, expected {expected}: one for each test row and class"
        )
    wrong = int((~((scores >= 0) & (scores <= 1))).any(axis=1).sum())
    if wrong:
        return f"{wrong} of its {rows} rows of scores hold values that are not between 0 and 1"
    off = int((np.abs(scores.sum(axis=1) - 1) > _ROUNDING).sum())
    return f"the probabilities of {off} of its {rows} rows don't add up to 1" if off else None


def _explain_target(target: np.ndarray) -> str:
    return f"one class in all of its {len(target)} rows" if (target == target[0]).all() else ""


def _count_classes(target: np.ndarray, config: ModelConfig) -> tuple[int, ...]:
    return tuple(np.bincount(target, minlength=len(config.target.classes)).tolist())


def _describe_target(target: np.ndarray, config: ModelConfig) -> str:
    names = (shown(name) for name in config.target.classes)
    counts = _count_classes(target, config)
    return ", ".join(f"{count} {name}" for name, count in zip(names, counts, strict=True))


def _over_trivial(
    name: str, found: Contributions, scored: ScoredRows, rows: EntityRows, trained: Part
) -> OverTrivial:
    """Compare with what training's shares alone allow: as probabilities, as the largest class, as a guess.

    A guess that says each class as often as it comes is right in one of k, class by class, and no other guess
    has a larger mean of recall, or of its harmonic mean with precision: 2 p q / (p + q) for a class of share
    p that is said with share q, the sum of which is largest where q is p.
    """
    measure, evidence = MEASURES[name], rows.evidence
    if measure.over_trivial:
        return OverTrivial(measure.over_trivial(found, None, evidence.everyone.entities))
    if measure.by_class:
        present = sum(one.entities > 0 for one in evidence.classes.values())
        return OverTrivial(found.above(1 / present), parted=evidence.everyone.entities)
    known = trained.target
    shares = np.array(known["shares"]) if "shares" in known else np.array(known["counts"]) / trained.rows
    answer = np.eye(len(shares))[shares.argmax()] if measure.counts_decisions else shares
    return over_constant(name, found, scored, answer)


MULTICLASS = EvaluationTask(
    facts=TASKS["multiclass"],
    scored=lambda target, scores, groups, _, weights=None: ScoredClasses(target, scores, groups, weights),
    count_rows=_count_rows,
    explain_scores=_explain_scores,
    explain_target=_explain_target,
    count_classes=_count_classes,
    describe_target=_describe_target,
    over_trivial=_over_trivial,
    fewest="of two classes",
)
