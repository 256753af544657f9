"""Evaluate the windows of a manifest: find predictions, references and labels, leave the rest to the core."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include.monitoring.performance.evaluate_window import EvaluatedVersion
from include.monitoring.performance.evaluate_windows import WindowsEvaluation
from mlops.monitoring.computed import StoreMemory
from mlops.monitoring.evaluated_groups import ScoredGroups
from mlops.monitoring.predictions import ScoredWindows
from mlops.tracking.champion import find_holdout, find_reference
from mlops.tracking.tags import NEWEST_LABELS

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from include.monitoring.performance.evaluate_windows import Outcome
    from include.monitoring.performance.record import Reference
    from mlops.monitoring.run_data import RunData

log = logging.getLogger(__name__)


class WindowEvaluator:
    """Evaluates the windows of one manifest (:mod:`include.monitoring.performance.evaluate_windows`).

    :param run: what the run works with.
    """

    def __init__(self, run: RunData) -> None:
        self._run = run
        self._evaluation = WindowsEvaluation(
            run.snapshots,
            predictions=ScoredWindows(run.store, run.config, run.scratch),
            describe=self._find,
            memory=StoreMemory(run.store, run.config.name),
            groups=ScoredGroups(run.config, run.versions, run.registry, run.scratch).of,
        )

    def evaluate(self, version: ModelVersion | None) -> Outcome:
        """Return what was found about a champion and those before it.

        :param version: the champion; None without one, when only labels are counted.
        :raises DataError: labels of one delivery contradict each other, or predictions are damaged.
        """
        return self._evaluation.evaluate(self._describe(version) if version is not None else None)

    def _find(self, number: str) -> EvaluatedVersion:
        version = self._run.versions.version(number)
        return EvaluatedVersion(version=number) if version is None else self._describe(version)

    def _describe(self, version: ModelVersion) -> EvaluatedVersion:
        return EvaluatedVersion(
            version=str(version.version),
            newest_labels=version.tags.get(NEWEST_LABELS, ""),
            reference=self._reference(version),
            holdout=find_holdout(self._run.hook, version, self._run.config),
        )

    def _reference(self, version: ModelVersion) -> Reference | None:
        found = find_reference(self._run.store, self._run.config, version)
        if found is None:
            log.warning(
                "Version %s has no evaluation to compare with: it is held against the gate's floors alone",
                version.version,
            )
        return found
