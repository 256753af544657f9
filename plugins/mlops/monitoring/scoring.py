"""Score a delivery once: predictions go to the object store, their distribution to the window's run."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from include.scoring.predictions import describe_predictions
from include.scoring.score import score_snapshot
from mlops.monitoring.window_run import find_window_run, record
from mlops.tracking.model_loading import load_model

if TYPE_CHECKING:
    from mlflow.entities import Run

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.scoring.distribution import Distribution
    from include.scoring.predictions import Stamp
    from include.scoring.sample import SampledRows
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.mlflow import MlflowHook

log = logging.getLogger(__name__)


def score_delivery(
    registry: DataRegistryHook,
    config: ModelConfig,
    ref: SnapshotRef,
    stamp: Stamp,
    key: str,
    *,
    keep: SampledRows | None = None,
) -> tuple[Distribution, bool]:
    """Make the file of predictions unless there is one.

    :param registry: the data registry, which also knows the object store.
    :param config: the model's configuration.
    :param ref: the delivery's snapshot.
    :param stamp: where the predictions come from.
    :param key: object key of the file.
    :param keep: is given the rows, for another version to score; None keeps nothing.
    :return: how the scores are distributed, and whether the rows were scored, and kept, now.
    :raises ModelError: the version can't be loaded, or can't score this delivery.
    """
    store = registry.store
    target = store.resolve(key)
    with tempfile.TemporaryDirectory(prefix="score-") as folder:
        scratch = Path(folder)
        if not store.exists(target):
            model = load_model(f"models:/{config.name}/{stamp.version}", config.estimator.trusted_types)
            snapshot, made = registry.local_path(ref, scratch), scratch / "predictions.parquet"
            distribution = score_snapshot(snapshot, model, config, made, stamp, keep=keep)
            if store.create_file(made, target):
                log.info("Scored %s with version %s: %s", ref.partition, stamp.version, key)
                return distribution, True
        log.info(
            "Nothing changes: version %s has scored this very content of %s before, see %s",
            stamp.version, ref.partition, key,
        )  # fmt: skip
        return describe_predictions(store.local_path(target, scratch), config), False


def log_scores(hook: MlflowHook, stamp: Stamp, key: str, distribution: Distribution) -> Run:
    """Log the distribution of a delivery's scores to the window's MLflow run; return the run.

    :param hook: the MLflow hook.
    :param stamp: where the predictions come from.
    :param key: object key of the file.
    :param distribution: how the scores are distributed.
    """
    run = find_window_run(hook, stamp.model, stamp.version, stamp.partition, stamp.snapshot_md5)
    content = {"predictions": key, "registry_commit": stamp.registry_commit, **distribution.to_dict()}
    tags = {"predictions": key, "training_run": stamp.training_run}
    record(hook, run, "scoring", content, metrics=distribution.to_metrics(), tags=tags)
    return run
