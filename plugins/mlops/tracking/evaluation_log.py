"""What an evaluation leaves: the record and the scores in the object store, metrics and plots in MLflow."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import ModelError
from include.evaluation import importance, plots
from include.evaluation.flat_figures import evaluation_figures
from include.evaluation.scores_file import write_scores
from include.monitoring.performance.estimators import ESTIMATORS
from include.serving.golden import record_golden
from mlops.tracking.tags import EVALUATION_DIGEST

if TYPE_CHECKING:
    import numpy as np

    from include.config.schema import ModelConfig
    from include.evaluation.record import Evaluation
    from include.training.frame import Frame
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.kept_challenger import ChallengerScores

IMPORTANCE = "evaluation/importance.json"
GOLDEN_REQUESTS = "serving/golden_requests.json"

log = logging.getLogger(__name__)


def log_evaluation(
    hook: MlflowHook,
    store: ObjectStoreHook,
    run_id: str,
    key: str,
    *,
    evaluation: Evaluation,
    frame: Frame,
    candidate: Any,
    scores: np.ndarray,
    champion_scores: np.ndarray | None,
    challenger: ChallengerScores,
    challenger_key: str | None,
    config: ModelConfig,
) -> None:
    """Store an evaluation where the gate, the reproducibility check and people look for it.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param run_id: the candidate's MLflow run.
    :param key: object key of the evaluation's folder.
    :param evaluation: the comparison.
    :param frame: the test set.
    :param candidate: the candidate, for its importances.
    :param scores: its scores, shape (n,).
    :param champion_scores: the champion's, or None.
    :param challenger: what the kept challenger makes of the test set, if there is one.
    :param challenger_key: object key of the challenger's record; None where it did not sit the exam.
    :param config: the model's configuration.
    """
    both = {"candidate": scores} | ({} if champion_scores is None else {"champion": champion_scores})
    features = importance.measure_importance(candidate, frame, config)
    with tempfile.TemporaryDirectory(prefix="evaluation-") as folder:
        plots.save_plots(Path(folder) / "plots", frame.target, both, features, config, weights=frame.weights)
        hook.log_folder(run_id, Path(folder) / "plots", "plots")
        table = Path(folder) / "scores.parquet"
        sat = {} if challenger.scores is None else {"challenger": challenger.scores}
        write_scores(table, frame, {**both, **sat})
        store.upload(table, store.resolve(f"{key}/scores.parquet"))
    hook.log_json(run_id, {name: asdict(one) for name, one in features.items()}, IMPORTANCE)
    estimator = ESTIMATORS[config.task]
    if (learned := estimator.learn(frame, scores, config)) is not None:
        hook.log_json(run_id, learned, estimator.artifact)
    _log_golden(hook, run_id, frame=frame, candidate=candidate, scores=scores, config=config)
    hook.log_json(run_id, evaluation.to_dict(), "evaluation/evaluation.json")
    hook.log_metrics(run_id, evaluation_figures(evaluation))
    if challenger.evaluation is not None and challenger_key is not None:
        sat_exam = challenger.evaluation.to_dict()
        hook.log_json(run_id, sat_exam, "evaluation/challenger.json")
        store.write_json(store.resolve(challenger_key), sat_exam)
    digest = store.write_json(
        store.resolve(f"{key}/evaluation.json"), evaluation.to_dict()
    )  # the last file: it says "whole"
    hook.set_tags(run_id, {EVALUATION_DIGEST: digest})


def _log_golden(
    hook: MlflowHook, run_id: str, *, frame: Frame, candidate: Any, scores: np.ndarray, config: ModelConfig
) -> None:
    """Store golden requests for smoke tests; a model that fails on composed rows has none."""
    try:
        golden = record_golden(candidate, frame, scores, config)
    except ModelError as error:
        log.warning("No golden requests are stored, so no smoke test can be made: %s", error)
    else:
        hook.log_json(run_id, golden.to_dict(), GOLDEN_REQUESTS)
