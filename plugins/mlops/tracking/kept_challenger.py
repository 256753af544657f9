"""The kept challenger in an exam: its scores on the test set, or why it can't sit it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.data.dataset_record import RECORD_FILE, Dataset
from include.data.leaks import check_not_learned
from include.errors import DataError, ModelError
from include.evaluation.compare import evaluate
from include.training.predict import predict_scores
from mlops.hooks.stored_records import require_record
from mlops.tracking.lineage_tags import lineage_of
from mlops.tracking.model_loading import load_model
from mlops.tracking.tags import DATASET
from mlops.tracking.training_runs import finished_result

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from mlflow.entities import Run

    from include.config.schema import ModelConfig
    from include.data.dataset_record import Part
    from include.evaluation.record import Evaluation
    from include.training.frame import Frame
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.champion_scores import ChampionScores

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ChallengerScores:
    """What the kept challenger makes of a test set.

    :param run: its MLflow run; None without a challenger.
    :param scores: its scores of shape (n,); None where there are none.
    :param evaluation: it and the champion on the test set; None where there are no scores.
    :param error: why it can't sit the exam; None where it can, or without a challenger.
    """

    run: str | None = None
    scores: np.ndarray | None = None
    evaluation: Evaluation | None = None
    error: str | None = None


def examine_challenger(
    hook: MlflowHook,
    store: ObjectStoreHook,
    config: ModelConfig,
    run_id: str,
    *,
    test: Path,
    frame: Frame,
    champion: ChampionScores,
    trained: Part,
) -> ChallengerScores:
    """Score the test set with the kept challenger, and compare it with the champion.

    One that is gone, can't be loaded, or has learned from the test set leaves; that is a finding.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param config: the model's configuration.
    :param run_id: its MLflow run.
    :param test: the frozen test set.
    :param frame: the same, loaded.
    :param champion: what the champion makes of it.
    :param trained: what the candidate's training set shows of the target.
    """
    try:
        run = find_training(hook, run_id)
        require_lineage(run)
        dataset = require_record(store, f"{run.data.tags.get(DATASET)}/{RECORD_FILE}", Dataset.from_dict)
        check_not_learned(test, config, dataset.holdout)
        model = load_model(model_of(hook, run), config.estimator.trusted_types)
        scores = predict_scores(model, frame.features, config)
        compared = evaluate(
            test, scores, champion.scores, config, champion.known,
            trained=trained, champion_error=champion.error,
        )  # fmt: skip
    except (ModelError, DataError) as error:
        log.warning("The kept challenger, run %s, leaves: %s", run_id, error)
        return ChallengerScores(run=run_id, error=str(error))
    return ChallengerScores(run=run_id, scores=scores, evaluation=compared)


def find_training(hook: MlflowHook, run_id: str) -> Run:
    """Return the MLflow run of a challenger.

    :param hook: the MLflow hook.
    :param run_id: the run.
    :raises ModelError: somebody deleted it.
    """
    from mlflow.exceptions import MlflowException

    try:
        run = hook.run(run_id)
    except MlflowException as error:
        raise ModelError(f"run {run_id} can't be read: {error}") from error
    if run.info.lifecycle_stage != "active":
        raise ModelError(f"run {run_id} was deleted: restore it in MLflow, if it is to be kept")
    return run


def model_of(hook: MlflowHook, run: Run) -> str:
    """Return the URI of the model that a run logged.

    :param hook: the MLflow hook.
    :param run: the run.
    :raises ModelError: it never finished, or what it left is gone.
    """
    from mlflow.exceptions import MlflowException

    try:
        result = finished_result(hook, run)
    except MlflowException as error:
        raise ModelError(f"the result of run {run.info.run_id} can't be read: {error}") from error
    if result is None:
        raise ModelError(f"run {run.info.run_id} has no finished training")
    return str(result["model_uri"])


def require_lineage(run: Run) -> dict[str, str]:
    """Return the tags that lead from a challenger back to what it came from.

    :param run: its MLflow run.
    :raises ModelError: it was trained before runs carried them.
    """
    found = lineage_of(run)
    if found is None:
        raise ModelError(
            f"run {run.info.run_id} does not say what it came from: it was trained by an earlier version of "
            "this project"
        )
    return found
