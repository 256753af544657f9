"""Compare a candidate and the champion on one frozen test set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.metric_names import METRICS, TRIVIAL
from include.data.arrow_numpy import to_numpy
from include.data.dataset_files import file_digest
from include.data.read_snapshot import read_columns
from include.errors import ModelError
from include.evaluation.bootstrap import percentile_interval, resample
from include.evaluation.influence import measure_gain
from include.evaluation.interval import gain_interval
from include.evaluation.measures.base import THRESHOLD
from include.evaluation.metrics import prepare
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
    from include.evaluation.measures.base import Statistic

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

    Metrics and slices have bootstrap intervals; gains have those of influence values, which are honest with
    few positives too.

    :param test: the test set.
    :param candidate_scores: the candidate's probabilities of class 1, shape (n,), in the order of the test
        set.
    :param champion_scores: the champion's, or None when there is none or it could not be scored.
    :param config: the model's configuration; ``split.seed`` seeds the resampling, so that nobody can draw
        again until the interval pleases.
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
    slices = cut_slices(table, config)
    groups = _number_groups(table[config.entity.column])
    drawn = resample(
        _prepare_all(target, scores, slices, config),
        groups,
        resamples=config.gate.resamples,
        seed=config.split.seed,
    )
    compared, level = CHAMPION in scores, config.gate.confidence
    return Evaluation(
        model=config.name,
        test_digest=file_digest(test),
        rows=len(target),
        entities=int(groups.max()) + 1,
        positives=int(target.sum()),
        primary=config.gate.primary,
        confidence=level,
        resamples=config.gate.resamples,
        seed=config.split.seed,
        candidate={name: percentile_interval(drawn[CANDIDATE, name, ""], level) for name in METRICS},
        champion={name: percentile_interval(drawn[CHAMPION, name, ""], level) for name in METRICS}
        if compared
        else None,
        gains={name: _real_gain(name, target, scores, groups, level) for name in METRICS}
        if compared
        else None,
        over_trivial={
            name: compare_with_trivial(
                name, target, candidate_scores, groups, base_rate=base_rate, confidence=level
            )
            for name in TRIVIAL
        },
        base_rate=base_rate,
        dominant=tuple(dominant),
        slices=tuple(_describe(one, target, drawn, config) for one in slices),
        champion_info=champion,
        champion_error=champion_error,
    )


def _explain_scores(scores: np.ndarray, rows: int) -> str | None:
    """Return why scores can't be evaluated, or None."""
    if scores.shape != (rows,):
        return f"its scores have the shape {scores.shape}, expected one for each of {rows} test rows"
    wrong = int((~((scores >= 0) & (scores <= 1))).sum())
    return f"{wrong} of its {rows} scores are no probability between 0 and 1" if wrong else None


def _number_groups(entities: pa.ChunkedArray) -> np.ndarray:
    """Number entities from 0 in the order in which they come."""
    return to_numpy(entities.combine_chunks().dictionary_encode().indices)


def _prepare_all(
    target: np.ndarray, scores: Mapping[str, np.ndarray], slices: Sequence[Slice], config: ModelConfig
) -> dict[tuple[str, str, str], Statistic]:
    """Prepare every metric of every model, and the primary one on every slice that is large enough."""
    prepared: dict[tuple[str, str, str], Statistic] = {}
    for model, found in scores.items():
        for name in METRICS:
            prepared[model, name, ""] = prepare(name, target, found)
        for one in slices:
            part = target[one.rows]
            if not explain_smallness(len(part), int(part.sum()), config):
                inside = prepare(config.gate.primary, part, found[one.rows])
                prepared[model, config.gate.primary, one.name] = _restrict(inside, one.rows)
    return prepared


def _restrict(statistic: Statistic, rows: np.ndarray) -> Statistic:
    """Return a statistic of some rows as one of the whole test set."""
    return lambda weights: statistic(weights[:, rows])


def _real_gain(
    name: str, target: np.ndarray, scores: Mapping[str, np.ndarray], groups: np.ndarray, level: float
) -> ConfidenceInterval:
    """Return how much better the candidate is: above 0 is better, whatever the metric."""
    gain = measure_gain(name, target, scores[CANDIDATE], scores[CHAMPION])
    decided = [scores[model] > THRESHOLD for model in (CANDIDATE, CHAMPION)]
    return gain_interval(name, gain, target, groups, level, differs=decided[0] != decided[1])


def _gain(
    drawn: Mapping[tuple[str, str, str], np.ndarray], metric: str, part: str, level: float
) -> ConfidenceInterval:
    """Return how much better the candidate is on a slice."""
    better, worse = CANDIDATE, CHAMPION
    if not METRICS[metric].higher_is_better:
        better, worse = worse, better
    return percentile_interval(drawn[better, metric, part] - drawn[worse, metric, part], level)


def _describe(
    one: Slice,
    target: np.ndarray,
    drawn: Mapping[tuple[str, str, str], np.ndarray],
    config: ModelConfig,
) -> SliceResult:
    """Return what was found on one slice."""
    metric = config.gate.primary
    rows, positives = len(one.rows), int(target[one.rows].sum())
    note = explain_smallness(rows, positives, config)
    if note:
        return SliceResult(name=one.name, rows=rows, positives=positives, note=note)
    compared = (CHAMPION, metric, one.name) in drawn
    return SliceResult(
        name=one.name,
        rows=rows,
        positives=positives,
        candidate=float(drawn[CANDIDATE, metric, one.name][0]),
        champion=float(drawn[CHAMPION, metric, one.name][0]) if compared else None,
        gain=_gain(drawn, metric, one.name, config.gate.confidence) if compared else None,
    )
