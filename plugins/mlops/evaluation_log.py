"""What an evaluation leaves: the record and the scores in the object store, metrics and plots in MLflow."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from include.config.schema import ModelConfig
    from include.evaluation.record import Evaluation
    from include.training.frame import Frame
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook


def log_evaluation(
    hook: MlflowHook,
    store: ObjectStoreHook,
    run_id: str,
    place: str,
    *,
    evaluation: Evaluation,
    frame: Frame,
    candidate: Any,
    scores: np.ndarray,
    champion_scores: np.ndarray | None,
    config: ModelConfig,
) -> None:
    """Store an evaluation where the gate, the probe and people look for it.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param run_id: the candidate's MLflow run.
    :param place: folder in the object store.
    :param evaluation: the comparison.
    :param frame: the test set.
    :param candidate: the candidate, for its importances.
    :param scores: its scores, shape (n,).
    :param champion_scores: the champion's, or None.
    :param config: the model's configuration.
    """
    from include.evaluation.plots import plot_evaluation

    with tempfile.TemporaryDirectory(prefix="evaluation-") as folder:
        plots = Path(folder) / "plots"
        plots.mkdir()
        plot_evaluation(
            plots, frame=frame, model=candidate, candidate=scores, champion=champion_scores, config=config
        )
        hook.log_folder(run_id, plots, "plots")
        table = Path(folder) / "scores.parquet"
        _write_scores(table, frame, scores, champion_scores)
        store.upload(table, store.resolve(f"{place}/scores.parquet"))
    hook.log_json(run_id, evaluation.to_dict(), "evaluation/evaluation.json")
    hook.log_metrics(run_id, _metrics(evaluation))
    store.write_json(store.resolve(f"{place}/evaluation.json"), evaluation.to_dict())  # last: it says "whole"


def _metrics(evaluation: Evaluation) -> dict[str, float]:
    """Return the figures as flat MLflow metrics."""
    found = {f"test_{name}": one.value for name, one in evaluation.candidate.items()}
    for name, one in (evaluation.champion or {}).items():
        found[f"champion_test_{name}"] = one.value
    for name, one in (evaluation.gains or {}).items():
        found[f"gain_{name}"] = one.value
    primary = evaluation.candidate[evaluation.primary]
    found[f"test_{evaluation.primary}_low"] = primary.low
    found[f"test_{evaluation.primary}_high"] = primary.high
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _write_scores(target: Path, frame: Frame, scores: np.ndarray, champion: np.ndarray | None) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: frame.keys[name] for name in frame.keys.columns}
    columns |= {"target": frame.target, "candidate": scores}
    if champion is not None:
        columns["champion"] = champion
    pq.write_table(pa.table(columns), target)
