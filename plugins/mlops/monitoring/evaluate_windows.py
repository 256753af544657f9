"""Evaluate the windows of a manifest: find predictions, references and labels, leave the rest to the core."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from include.monitoring.performance.evaluate_window import EvaluatedVersion
from include.monitoring.performance.evaluate_windows import WindowsEvaluation
from mlops.monitoring.computed import StoreMemory
from mlops.monitoring.evaluated_groups import ScoredGroups
from mlops.monitoring.predictions import ScoredWindows
from mlops.tracking.champion import find_holdout, find_reference
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.tags import NEWEST_LABELS

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.entities.model_registry import ModelVersion

    from include.config.schema import ModelConfig
    from include.lineage import Manifest
    from include.monitoring.performance.evaluate_windows import Outcome
    from include.monitoring.performance.record import Reference
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.mlflow import MlflowHook

log = logging.getLogger(__name__)


class WindowEvaluator:
    """Evaluates the windows of one manifest (:mod:`include.monitoring.performance.evaluate_windows`).

    :param config: the model's configuration.
    :param hook: the MLflow hook.
    :param registry: the data registry, which also knows the object store.
    :param manifest: the snapshots a run may use.
    :param as_of: ISO date whose knowledge is used.
    :param scratch: folder for copies.
    """

    def __init__(
        self,
        config: ModelConfig,
        hook: MlflowHook,
        registry: DataRegistryHook,
        manifest: Manifest,
        *,
        as_of: str,
        scratch: Path,
    ) -> None:
        self._config = config
        self._versions = ModelRegistry(hook, config.name)
        self._registry = registry
        self._evaluation = WindowsEvaluation(
            config,
            manifest,
            as_of=as_of,
            local=partial(registry.local_path, scratch=scratch),
            predictions=ScoredWindows(registry.store, config, scratch),
            describe=self._find,
            memory=StoreMemory(registry.store, config.name),
            groups=ScoredGroups(config, self._versions, registry, scratch).of,
        )

    def evaluate(self, version: ModelVersion | None) -> Outcome:
        """Return what was found about a champion and those before it.

        :param version: the champion; None without one, when only labels are counted.
        :raises DataError: labels of one delivery contradict each other, or predictions are damaged.
        """
        return self._evaluation.evaluate(self._describe(version) if version is not None else None)

    def _find(self, number: str) -> EvaluatedVersion:
        version = self._versions.version(number)
        return EvaluatedVersion(version=number) if version is None else self._describe(version)

    def _describe(self, version: ModelVersion) -> EvaluatedVersion:
        return EvaluatedVersion(
            version=str(version.version),
            newest_labels=version.tags.get(NEWEST_LABELS, ""),
            reference=self._reference(version),
            holdout=find_holdout(self._versions.hook, version, self._config),
        )

    def _reference(self, version: ModelVersion) -> Reference | None:
        found = find_reference(self._registry.store, self._config, version)
        if found is None:
            log.warning(
                "Version %s has no evaluation to compare with: it is held against the gate's floors alone",
                version.version,
            )
        return found
