"""Everything that is known of models on the same rows: metrics, gains and slices from one sort of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include import rounding
from include.config import metric_names
from include.config.tasks import TASKS, base
from include.evaluation import contributions, evidence, gains, interval, metrics, scale, spread
from include.evaluation.contributions import sum_by_entity
from include.evaluation.evidence import count_entities, count_evidence
from include.evaluation.gains import find_gain
from include.evaluation.interval import contributed_gain, contributed_metric
from include.evaluation.measures.scored_rows import pick_groups
from include.evaluation.metrics import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.evidence import Evidence
    from include.evaluation.measures.base import Contributions
    from include.evaluation.measures.scored_rows import ScoredRows


CODE = (
    __name__,
    *(module.__name__ for module in (contributions, evidence, gains, interval, metric_names, scale, spread)),
    rounding.__name__,
    base.__name__,
    *metrics.CODE,
)
"""The modules whose code a figure and its interval follow from."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One model on some rows.

    :param scored: the rows with its scores and their entities.
    :param metrics: each metric, and what each entity contributes to it.
    """

    scored: ScoredRows
    metrics: dict[str, Contributions]

    def intervals(self, evidence: Evidence, confidence: float) -> dict[str, ConfidenceInterval]:
        """Return each metric with its interval.

        :param evidence: what the rows can tell.
        :param confidence: level of the intervals.
        """
        return {
            name: contributed_metric(name, found, evidence, confidence)
            for name, found in self.metrics.items()
        }


def measure_model(
    scored: ScoredRows, entities: int = 0, metrics: Sequence[str] = TASKS["binary"].metrics
) -> Measured:
    """Measure one model.

    :param scored: the rows with its scores and their entities.
    :param entities: number of entities at least, of which not all need occur among the rows.
    :param metrics: names of metrics of the rows' task.
    """
    return Measured(
        scored=scored,
        metrics={
            name: sum_by_entity(MEASURES[name].influence(scored), scored.groups, entities) for name in metrics
        },
    )


def subtract(name: str, better: Measured, worse: Measured) -> Contributions:
    """Return how much better one model is than another on the same rows: above 0 is better in any metric.

    :param name: the metric.
    :param better: the model that is asked about.
    :param worse: the model that it is compared with.
    """
    return find_gain(name, better.metrics[name], worse.metrics[name])


def count_parted(name: str, better: ScoredRows, worse: ScoredRows, rows: np.ndarray | None = None) -> int:
    """Return how many entities have rows about which two models decide differently; 0 where none need.

    :param name: the metric, which says what a decision is, and whether any counts.
    :param better: one model's scores.
    :param worse: the other's on the same rows, in the same order.
    :param rows: places of the rows that are asked about; None for all.
    """
    measure = MEASURES[name]
    if not measure.counts_decisions:
        return 0
    if rows is not None:
        better, worse = better.pick(rows), worse.pick(rows)
    found = np.flatnonzero(measure.decide(better) != measure.decide(worse))
    return count_entities(found if better.groups is None else better.groups[found])


@dataclass(frozen=True, kw_only=True)
class MeasuredPart:
    """One part of the rows, in one metric.

    :param candidate: the candidate's value.
    :param champion: the champion's; None without one.
    :param gain: how much better the candidate is; None without a champion.
    """

    candidate: float
    champion: float | None
    gain: ConfidenceInterval | None


def measure_parts(
    name: str,
    parts: Sequence[np.ndarray],
    candidate: ScoredRows,
    champion: ScoredRows | None,
    confidence: float,
    *,
    count: Callable[[np.ndarray, np.ndarray | None, np.ndarray | None], Evidence] = count_evidence,
) -> list[MeasuredPart]:
    """Measure parts of the rows that do not overlap; they inherit the order of the whole.

    :param name: the metric.
    :param parts: places of each part's rows, each of shape (k,), at least one row in each.
    :param candidate: the candidate's scores on all rows.
    :param champion: the champion's on the same rows; None without one.
    :param confidence: level of the intervals.
    :param count: from a target, the numbers of the entities and weights to what they can tell.
    """
    codes = np.full(len(candidate), len(parts), dtype=np.min_scalar_type(len(parts)))
    for code, rows in enumerate(parts):
        codes[rows] = code
    ours = candidate.split(codes, len(parts))
    if champion is None:
        found = [measure_model(one, metrics=(name,)) for one in ours]
        return [MeasuredPart(candidate=one.metrics[name].value, champion=None, gain=None) for one in found]
    return [
        _compare_part(
            name,
            measure_model(one, metrics=(name,)),
            measure_model(other, metrics=(name,)),
            _count(candidate, rows, count),
            confidence=confidence,
            parted=count_parted(name, candidate, champion, rows),
        )
        for rows, one, other in zip(parts, ours, champion.split(codes, len(parts)), strict=True)
    ]


def _count(
    scored: ScoredRows,
    rows: np.ndarray,
    count: Callable[[np.ndarray, np.ndarray | None, np.ndarray | None], Evidence],
) -> Evidence:
    """Return what a part of the rows can tell."""
    weights = None if scored.weights is None else scored.weights[rows]
    return count(scored.target[rows], pick_groups(scored.groups, rows), weights)


def _compare_part(
    name: str, candidate: Measured, champion: Measured, evidence: Evidence, *, confidence: float, parted: int
) -> MeasuredPart:
    """Compare two models on one part of the rows, which each of them has in an order of its own."""
    gain = subtract(name, candidate, champion)
    return MeasuredPart(
        candidate=candidate.metrics[name].value,
        champion=champion.metrics[name].value,
        gain=contributed_gain(name, gain, evidence, confidence, parted=parted),
    )
