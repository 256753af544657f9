"""Compare a candidate and the champion on one frozen test set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.data.dataset_files import file_digest
from include.data.read_snapshot import count_rows
from include.errors import ModelError
from include.evaluation.measure_exactly import measure_exactly
from include.evaluation.measurements import CANDIDATE, CHAMPION
from include.evaluation.record import Evaluation
from include.evaluation.streaming.measure_stream import measure_stream
from include.evaluation.streaming.plan import STREAMED_FROM

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from include.config.schema import ModelConfig
    from include.data.dominant_column import DominantColumn


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
    pass, no draws, the same result each time. Above :data:`STREAMED_FROM` rows the test set is read twice in
    chunks instead of once as a whole (:mod:`include.evaluation.streaming`).

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
    rows = count_rows(test)
    problem = _explain_scores(candidate_scores, rows)
    if problem:
        raise ModelError(f"the candidate of {config.name} can't be evaluated: {problem}")
    scores = {CANDIDATE: candidate_scores}
    if champion_scores is not None:
        champion_error = champion_error or _explain_scores(champion_scores, rows)
    elif champion is not None:
        champion_error = champion_error or "no scores of the champion were given"
    if champion_scores is not None and not champion_error:
        scores[CHAMPION] = champion_scores
    measure = measure_stream if rows > STREAMED_FROM else measure_exactly
    found = measure(test, scores, config, base_rate)
    return Evaluation(
        model=config.name,
        test_digest=file_digest(test),
        rows=found.rows,
        entities=found.entities,
        positives=found.positives,
        primary=config.gate.primary,
        confidence=config.gate.confidence,
        candidate=found.candidate,
        champion=found.champion,
        gains=found.gains,
        over_trivial=found.over_trivial,
        base_rate=base_rate,
        dominant=tuple(dominant),
        slices=found.slices,
        champion_info=champion,
        champion_error=champion_error,
        bucketed=found.bucketed,
    )


def _explain_scores(scores: np.ndarray, rows: int) -> str | None:
    """Return why scores can't be evaluated, or None."""
    if scores.shape != (rows,):
        return f"its scores have the shape {scores.shape}, expected one for each of {rows} test rows"
    wrong = int((~((scores >= 0) & (scores <= 1))).sum())
    return f"{wrong} of its {rows} scores are no probability between 0 and 1" if wrong else None
