"""The newest delivery as the drift check sees it: counts, predictions, and what these alone say."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from include.config.tasks import TASKS
from include.monitoring.performance.estimate_without_labels import estimate_performance
from include.monitoring.profile.count_file import count_file
from include.monitoring.slices.profile import build_group_profile
from include.scoring.predictions import read_scores
from mlops import object_keys
from mlops.monitoring.computed import StoreMemory
from mlops.tracking.champion_profile import read_calibration

if TYPE_CHECKING:
    import numpy as np
    from mlflow.entities.model_registry import ModelVersion

    from include.config.schema import ModelConfig
    from include.evaluation.confidence_interval import ConfidenceInterval
    from include.lineage import SnapshotRef
    from include.monitoring.histogram.counts import Counts
    from include.monitoring.profile.profile import Profile
    from include.monitoring.slices.profile import GroupProfile
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

log = logging.getLogger(__name__)


class Counted(NamedTuple):
    """A delivery in the bins of a profile.

    :param counts: its columns and predictions.
    :param scores: the champion's scores of shape (n,); None where there are none.
    :param groups: the predictions of each group; None without scores.
    """

    counts: Counts
    scores: np.ndarray | None
    groups: GroupProfile | None


def count_delivery(
    registry: DataRegistryHook, config: ModelConfig, profile: Profile, ref: SnapshotRef, version: str
) -> Counted:
    """Count a delivery and, where the champion has scored it, its predictions, all and by group.

    :param registry: the data registry, which also knows the object store.
    :param config: the model's configuration.
    :param profile: the champion's reference profile.
    :param ref: the delivery's snapshot.
    :param version: the champion's version.
    """
    store, model = registry.store, config.name
    scored = store.resolve(object_keys.predictions(model, ref.partition, version, ref.md5))
    with tempfile.TemporaryDirectory(prefix="drift-") as folder:
        snapshot = registry.local_path(ref, Path(folder))
        scores = read_scores(store.local_path(scored, Path(folder)), config) if store.exists(scored) else None
        if scores is None:
            log.warning(
                "Version %s has no predictions for %s: only the features are checked. %s_scoring makes them.",
                version, ref.partition, model,
            )  # fmt: skip
        return Counted(
            counts=count_file(snapshot, profile, scores),
            scores=scores,
            groups=None if scores is None else build_group_profile(snapshot, config, profile, scores),
        )


def estimate_from_predictions(
    hook: MlflowHook,
    store: ObjectStoreHook,
    config: ModelConfig,
    champion: ModelVersion,
    scores: np.ndarray | None,
) -> dict[str, ConfidenceInterval]:
    """Return the champion's performance as its predictions alone let estimate it, metric by metric.

    :param hook: the MLflow hook.
    :param store: the object store, which keeps what takes long to compute.
    :param config: the model's configuration.
    :param champion: the champion.
    :param scores: its scores of shape (n,); None without any.
    """
    if scores is None or not len(scores) or config.task != "binary":
        return {}
    found = estimate_performance(
        scores,
        TASKS["binary"].metrics,
        calibration=read_calibration(hook, champion),
        confidence=config.monitoring.performance.confidence,
        memory=StoreMemory(store, config.name),
    )
    primary = found[config.gate.primary]
    log.info(
        "Estimated without labels: %s %.4f [%.4f, %.4f], if labels still follow from features as they did",
        config.gate.primary, primary.value, primary.low, primary.high,
    )  # fmt: skip
    return found
