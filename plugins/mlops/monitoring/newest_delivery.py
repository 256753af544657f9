"""The newest delivery as the drift check sees it: counts, predictions, and what these alone say."""

from __future__ import annotations

import logging
import tempfile
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.data.arrow_numpy import to_arrow
from include.data.read_snapshot import read_columns, stream_columns
from include.data.weights import read_weights
from include.evaluation.figures import show_value_interval
from include.monitoring.performance.estimators import ESTIMATORS
from include.monitoring.performance.estimators.base import Delivery
from include.monitoring.profile.count_file import count_file
from include.monitoring.slices.profile import build_group_profile
from include.scoring.predictions import read_scores
from include.training.frame import feature_frame
from mlops import object_keys
from mlops.monitoring.computed import StoreMemory
from mlops.tracking.champion_profile import read_learned

if TYPE_CHECKING:
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
    :param delivery: the champion's answers, and features where estimating needs them; None without answers.
    :param groups: the predictions of each group; None without scores.
    """

    counts: Counts
    delivery: Delivery | None
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
            delivery=None if scores is None else _read_features(snapshot, config, scores),
            groups=None if scores is None else build_group_profile(snapshot, config, profile, scores),
        )


def estimate_from_predictions(
    hook: MlflowHook,
    store: ObjectStoreHook,
    config: ModelConfig,
    champion: ModelVersion,
    delivery: Delivery | None,
) -> dict[str, ConfidenceInterval]:
    """Return the champion's performance as it can be estimated without labels, metric by metric.

    :param hook: the MLflow hook.
    :param store: the object store, which keeps what takes long to compute.
    :param config: the model's configuration.
    :param champion: the champion.
    :param delivery: its answers, and features where its task needs them; None without any.
    """
    if delivery is None or not len(delivery.scores):
        return {}
    estimator, primary = ESTIMATORS[config.task], config.gate.primary
    learned = read_learned(hook, champion, estimator.artifact)
    found = estimator.estimate(delivery, learned, config, StoreMemory(store, config.name))
    if primary in found and isfinite(found[primary].value):
        log.info(
            "Estimated without labels: %s %s, if labels still follow from features as they did",
            primary, show_value_interval(primary, found[primary]),
        )  # fmt: skip
    else:
        log.info(
            "%s is not estimated without labels: %s", primary,
            "too many rows lie where the test set of this version has none, or a class may have no row"
            if primary in found
            else "it can't be, or nothing was learned on the test set of this version",
        )  # fmt: skip
    return found


def _read_features(snapshot: Path, config: ModelConfig, scores: np.ndarray) -> Delivery:
    """Return a delivery with the features of every k-th row, where its task needs them.

    Rows of weight 0 are left out, because no metric counts them.
    """
    import pandas as pd

    weights = _read_weights(snapshot, config)
    counted = np.arange(len(scores)) if weights is None else np.flatnonzero(weights)
    if weights is not None:
        scores, weights = scores[counted], weights[counted]
    most = ESTIMATORS[config.task].most_rows
    if not most or not len(scores):
        return Delivery(scores, weights=weights)
    stride, frames, start = max(1, -(-len(scores) // most)), [], 0
    chosen = counted[::stride]
    for group in filter(len, stream_columns(snapshot, config, config.feature_names)):
        own = chosen[np.searchsorted(chosen, start) : np.searchsorted(chosen, start + len(group))] - start
        frames.append(feature_frame(group.take(to_arrow(own)), config))
        start += len(group)
    features = pd.concat(frames, ignore_index=True)
    return Delivery(scores, np.arange(0, len(scores), stride), features, weights)


def _read_weights(snapshot: Path, config: ModelConfig) -> np.ndarray | None:
    """Return the weight of each row of a delivery, 0 or more; None where rows have none."""
    if not config.weight_columns:
        return None
    return read_weights(read_columns(snapshot, config, config.weight_columns), config, snapshot.name)
