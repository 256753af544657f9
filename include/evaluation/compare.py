"""Compare a candidate and the champion on one frozen test set."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from include.config.metric_names import METRICS, TRIVIAL
from include.data.arrow_numpy import to_numpy
from include.data.dataset_files import file_digest
from include.data.read_snapshot import read_columns
from include.errors import ModelError
from include.evaluation.buckets import assign_buckets
from include.evaluation.contributions import sum_by_entity
from include.evaluation.evidence import count_entities, count_evidence
from include.evaluation.influence import measure_gain, measure_influence
from include.evaluation.interval import contributed_gain, contributed_metric, gain_interval
from include.evaluation.measures.base import THRESHOLD
from include.evaluation.metrics import measure
from include.evaluation.record import Evaluation
from include.evaluation.slices import Slice, SliceResult, cut_slices, explain_smallness
from include.evaluation.trivial import compare_with_trivial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.dominant_column import DominantColumn
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.evaluation.contributions import Contributions
    from include.evaluation.evidence import Evidence

CANDIDATE, CHAMPION = "candidate", "champion"


def evaluate(
    test: Path,
    candidate_scores: np.ndarray,
    champion_scores: np.ndarray | None,
    config: ModelConfig,
    champion: dict[str, Any] | None = None,
    *,
    base_rate: float,
    champion_error: str | None = None,
    dominant: Sequence[DominantColumn] = (),
) -> Evaluation:
    """Compare a candidate with the champion and with a model that has learned nothing, on a frozen test set.

    Metrics, gains and slices have intervals from influence values (:mod:`include.evaluation.interval`): one
    pass, no draws, the same result each time.

    :param test: the test set.
    :param candidate_scores: the candidate's probabilities of class 1, shape (n,), in the order of the test
        set.
    :param champion_scores: the champion's, or None when there is none or it could not be scored.
    :param config: the model's configuration.
    :param champion: what the caller knows of the champion, JSON values; None when there is none.
    :param base_rate: share of positives in the training set, which a model that has learned nothing answers.
    :param champion_error: why the champion could not be loaded or scored.
    :param dominant: columns that nearly make up the model alone, as the dataset's record names them.
    :raises DataError: when the test set can't be read.
    :raises ModelError: when the candidate's scores don't fit the test set or are no probabilities.
    """
    table = read_columns(test, config, (config.entity.column, config.target.column, *config.sensitive))
    target = to_numpy(table[config.target.column])
    problem = _explain_scores(candidate_scores, len(target))
    if problem:
        raise ModelError(f"the candidate of {config.name} can't be evaluated: {problem}")
    scores = {CANDIDATE: candidate_scores}
    if champion_scores is not None:
        champion_error = champion_error or _explain_scores(champion_scores, len(target))
    elif champion is not None:
        champion_error = champion_error or "no scores of the champion were given"
    if champion_scores is not None and not champion_error:
        scores[CHAMPION] = champion_scores
    rows = _gather(table, target, config)
    judged = {model: _measure_all(target, found, rows) for model, found in scores.items()}
    compared, level = CHAMPION in scores, config.gate.confidence
    gains = {name: _difference(name, judged) for name in METRICS} if compared else None
    parted = count_entities(rows.groups[_part(scores)]) if compared else 0
    return Evaluation(
        model=config.name,
        test_digest=file_digest(test),
        rows=len(target),
        entities=rows.evidence.everyone.entities,
        positives=int(target.sum()),
        primary=config.gate.primary,
        confidence=level,
        candidate=_with_intervals(judged[CANDIDATE], rows.evidence, level),
        champion=_with_intervals(judged[CHAMPION], rows.evidence, level) if compared else None,
        gains={
            name: contributed_gain(name, gain, rows.evidence, level, parted=parted)
            for name, gain in gains.items()
        }
        if gains
        else None,
        over_trivial={
            name: compare_with_trivial(
                name, target, candidate_scores, rows.groups, base_rate=base_rate, confidence=level
            )
            for name in TRIVIAL
        },
        base_rate=base_rate,
        dominant=tuple(dominant),
        slices=tuple(
            _describe(one, target, scores, rows.groups, config) for one in cut_slices(table, config)
        ),
        champion_info=champion,
        champion_error=champion_error,
        bucketed={
            name: gain.to_buckets(rows.buckets)
            for name, gain in gains.items()
            if name in TRIVIAL and isfinite(gain.value)
        }
        if gains
        else None,
    )


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Who the rows of the test set are of.

    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,).
    :param buckets: bucket of each entity, integers of shape (g,).
    :param evidence: what the rows can tell.
    """

    groups: np.ndarray
    buckets: np.ndarray
    evidence: Evidence


def _gather(table: pa.Table, target: np.ndarray, config: ModelConfig) -> _Rows:
    """Number entities from 0 in the order in which they come."""
    encoded = table[config.entity.column].combine_chunks().dictionary_encode()
    groups = to_numpy(encoded.indices)
    return _Rows(
        groups=groups,
        buckets=assign_buckets(encoded.dictionary),
        evidence=count_evidence(target, groups),
    )


def _explain_scores(scores: np.ndarray, rows: int) -> str | None:
    """Return why scores can't be evaluated, or None."""
    if scores.shape != (rows,):
        return f"its scores have the shape {scores.shape}, expected one for each of {rows} test rows"
    wrong = int((~((scores >= 0) & (scores <= 1))).sum())
    return f"{wrong} of its {rows} scores are no probability between 0 and 1" if wrong else None


def _measure_all(target: np.ndarray, scores: np.ndarray, rows: _Rows) -> dict[str, Contributions]:
    """Return every metric of one model, and what each entity contributes to it."""
    return {name: sum_by_entity(measure_influence(name, target, scores), rows.groups) for name in METRICS}


def _with_intervals(
    found: Mapping[str, Contributions], evidence: Evidence, level: float
) -> dict[str, ConfidenceInterval]:
    """Return every metric of one model with its interval."""
    return {name: contributed_metric(name, one, evidence, level) for name, one in found.items()}


def _difference(name: str, judged: Mapping[str, Mapping[str, Contributions]]) -> Contributions:
    """Return how much better the candidate is: above 0 is better, whatever the metric."""
    candidate, champion = judged[CANDIDATE][name], judged[CHAMPION][name]
    return candidate - champion if METRICS[name].higher_is_better else champion - candidate


def _part(scores: Mapping[str, np.ndarray]) -> np.ndarray:
    """Tell about which rows the models decide differently."""
    differs: np.ndarray = (scores[CANDIDATE] > THRESHOLD) != (scores[CHAMPION] > THRESHOLD)
    return differs


def _describe(
    one: Slice,
    target: np.ndarray,
    scores: Mapping[str, np.ndarray],
    groups: np.ndarray,
    config: ModelConfig,
) -> SliceResult:
    """Return what was found on one slice."""
    metric, part = config.gate.primary, target[one.rows]
    rows, positives = len(part), int(part.sum())
    note = explain_smallness(rows, positives, config)
    if note:
        return SliceResult(name=one.name, rows=rows, positives=positives, note=note)
    inside = {model: found[one.rows] for model, found in scores.items()}
    values = {model: measure(metric, part, found) for model, found in inside.items()}
    gain = None
    if CHAMPION in inside:
        gain = gain_interval(
            metric,
            measure_gain(metric, part, inside[CANDIDATE], inside[CHAMPION]),
            part,
            groups[one.rows],
            config.gate.confidence,
            differs=_part(inside),
        )
    return SliceResult(
        name=one.name,
        rows=rows,
        positives=positives,
        candidate=values[CANDIDATE],
        champion=values.get(CHAMPION),
        gain=gain,
    )
