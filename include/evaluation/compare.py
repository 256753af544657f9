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
from include.evaluation.tasks import EVALUATION_TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Part
    from include.data.dominant_column import DominantColumn


def evaluate(
    test: Path,
    candidate_scores: np.ndarray,
    champion_scores: np.ndarray | None,
    config: ModelConfig,
    champion: dict[str, Any] | None = None,
    *,
    trained: Part,
    champion_error: str | None = None,
    dominant: Sequence[DominantColumn] = (),
) -> Evaluation:
    """Compare a candidate with the champion and with a model that has learned nothing, on a frozen test set.

    Metrics, gains and slices have intervals from influence values (:mod:`include.evaluation.interval`): one
    pass, no draws, the same result each time. Above :data:`STREAMED_FROM` rows the test set is read twice in
    chunks instead of once as a whole (:mod:`include.evaluation.streaming`).

    :param test: the test set.
    :param candidate_scores: what the candidate answers, of shape (n,) or (n, k), in the order of the test
        set.
    :param champion_scores: the champion's, or None when there is none or it could not be scored.
    :param config: the model's configuration.
    :param champion: what the caller knows of the champion, JSON values; None when there is none.
    :param trained: what the training set shows of the target, which a model that has learned nothing answers.
    :param champion_error: why the champion could not be loaded or scored.
    :param dominant: columns that nearly make up the model alone, as the dataset's record names them.
    :raises DataError: when the test set can't be read.
    :raises ModelError: when the candidate's scores don't fit the test set or are no probabilities.
    """
    rows = count_rows(test)
    task = EVALUATION_TASKS[config.task]
    problem = task.explain_scores(candidate_scores, rows, config)
    if problem:
        raise ModelError(f"the candidate of {config.name} can't be evaluated: {problem}")
    scores = {CANDIDATE: candidate_scores}
    if champion_scores is not None:
        champion_error = champion_error or task.explain_scores(champion_scores, rows, config)
    elif champion is not None:
        champion_error = champion_error or "no scores of the champion were given"
    if champion_scores is not None and not champion_error:
        scores[CHAMPION] = champion_scores
    in_chunks = task.streams and config.gate.costs is None and rows > STREAMED_FROM
    measure = measure_stream if in_chunks else measure_exactly
    found = measure(test, scores, config, trained)
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
        base_rate=trained.rate if found.positives is not None else None,
        task=config.task,
        target=found.target,
        costs=None if config.gate.costs is None else config.gate.costs.both,
        dominant=tuple(dominant),
        slices=found.slices,
        champion_info=champion,
        champion_error=champion_error,
        bucketed=found.bucketed,
    )
