"""The champion on a test set: its scores, or why there are none."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.data.leaks import check_not_learned
from include.errors import ModelError
from include.training.predict import predict_scores
from mlops.tracking.champion import find_holdout
from mlops.tracking.model_loading import load_model
from mlops.tracking.model_registry import CHAMPION, ModelRegistry

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from include.config.schema import ModelConfig
    from include.training.frame import Frame
    from mlops.hooks.mlflow import MlflowHook

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ChampionScores:
    """What the champion makes of a test set.

    :param version: its version; None without a champion.
    :param scores: its scores of shape (n,); None where there are none.
    :param error: why it can't be scored; None where it can, or without a champion.
    """

    version: str | None = None
    scores: np.ndarray | None = None
    error: str | None = None

    @property
    def known(self) -> dict[str, Any] | None:
        """What an evaluation keeps of it."""
        return None if self.version is None else {"version": self.version}


def score_champion(hook: MlflowHook, config: ModelConfig, test: Path, frame: Frame) -> ChampionScores:
    """Score a test set with the champion.

    A champion that can't be loaded or scored, or that has learned from the test set, is a finding.

    :param hook: the MLflow hook.
    :param config: the model's configuration.
    :param test: the frozen test set.
    :param frame: the same, loaded.
    """
    registry = ModelRegistry(hook, config.name)
    version = registry.aliases().get(CHAMPION)
    if version is None:
        return ChampionScores()
    try:
        found = registry.version(version)
        if found is not None:
            check_not_learned(test, config, find_holdout(hook, found, config))
        model = load_model(f"models:/{config.name}/{version}", config.estimator.trusted_types)
        return ChampionScores(version=version, scores=predict_scores(model, frame.features, config))
    except ModelError as error:
        log.warning("The champion, version %s, can't be evaluated: %s", version, error)
        return ChampionScores(version=version, error=str(error))
