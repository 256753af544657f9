"""Small models of the example, as training logs them, and rows to ask them about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from include.config.estimator import load_estimator
from include.config.tasks import TASKS
from include.training.persist import dump_model, without_deprecations
from tests.conftest import ROOT

if TYPE_CHECKING:
    from include.config.schema import ModelConfig


def rows(config: ModelConfig, number: int, seed: int = 0) -> pd.DataFrame:
    """Rows as a model takes them; a few numbers are missing."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        name: np.round(rng.normal(size=number) * 1000, 2) for name in config.features.numeric
    }
    columns |= {
        name: pd.Series(rng.choice(["a", "b", "c"], number), dtype=object)
        for name in config.features.categorical
    }
    frame = pd.DataFrame(columns)
    frame.loc[7::10, config.features.numeric[1]] = np.nan
    return frame


def fit_pipeline(config: ModelConfig, seed: int = 0, trees: int = 10, number: int = 500) -> Any:
    """A pipeline as estimator.py builds it, small, fitted on random rows; another seed answers otherwise."""
    frame = rows(config, number, seed)
    target = (
        frame[config.features.numeric[0]] + 500 * np.random.default_rng(seed).normal(size=number) > 0
    ).astype(int)
    small = config.estimator.model_copy(
        update={"parameters": {**config.estimator.parameters, "max_iter": trees}}
    )
    folder = ROOT / "include" / "models" / "credit_risk"
    pipeline = load_estimator(folder, config.model_copy(update={"estimator": small}))
    return pipeline.fit(frame, target)


def log_version(url: str, pipeline: Any, config: ModelConfig, example: pd.DataFrame | None = None) -> str:
    """Log a model as training does; return its URI."""
    import mlflow
    from mlflow.models import infer_signature

    example = rows(config, 5) if example is None else example
    mlflow.set_tracking_uri(url)
    client, asks = mlflow.MlflowClient(url), TASKS[config.task].asks
    known = client.get_experiment_by_name(config.name)
    # Not mlflow.set_experiment, which would hold for the whole process, and so for every later test.
    experiment = client.create_experiment(config.name) if known is None else known.experiment_id
    with mlflow.start_run(experiment_id=experiment), without_deprecations():
        logged = mlflow.sklearn.log_model(
            pipeline,
            name="model",
            signature=infer_signature(example, getattr(pipeline, asks)(example)[:, 1]),
            input_example=example,
            pyfunc_predict_fn=asks,
            serialization_format="skops",
            skops_trusted_types=list(config.estimator.trusted_types),
            pip_requirements=["scikit-learn", "skops", "numpy", "pandas", "mlflow"],
        )
    return str(logged.model_uri)


def log_another(url: str, uri: str, pipeline: Any, config: ModelConfig, scratch: Path) -> str:
    """Log a model like an earlier one, without all that MLflow does meanwhile; return its URI."""
    import mlflow

    mlflow.set_tracking_uri(url)
    folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(scratch)))
    (folder / "model.skops").write_bytes(dump_model(pipeline, config.estimator.trusted_types))
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(folder), "model")
    return f"runs:/{run.info.run_id}/model"


def split(frame: pd.DataFrame) -> dict[str, Any]:
    """A request about rows: a missing value is null."""
    data = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return {"dataframe_split": {"columns": list(frame.columns), "data": data}}
