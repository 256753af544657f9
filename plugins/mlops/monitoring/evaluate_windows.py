"""Evaluate the windows of a manifest: find predictions, references and labels, leave the rest to the core."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.data.labelled_rows import label_rows
from include.data.labels import DeliveredLabels, TargetInFeatures
from include.data.maturity import assess_labels
from include.data.selection import waiting_for_labels
from include.monitoring.performance.evaluate_window import EvaluatedVersion, evaluate_window
from mlops.monitoring.computed import StoreMemory
from mlops.monitoring.predictions import ScoredWindows
from mlops.tracking.champion import find_holdout, find_reference
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.tags import NEWEST_LABELS

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.entities.model_registry import ModelVersion

    from include.config.schema import ModelConfig
    from include.data.labels import KnownLabels, Labels
    from include.lineage import Manifest, SnapshotRef
    from include.monitoring.performance.record import Reference, WindowPerformance
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.mlflow import MlflowHook

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class EvaluatedWindow:
    """One window, and the snapshot whose predictions were evaluated.

    :param performance: what was found.
    :param md5: digest of the snapshot that was scored; None when none was.
    """

    performance: WindowPerformance
    md5: str | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was found in all windows.

    :param windows: the champion in each window, oldest first.
    :param earlier: for windows that only earlier versions have scored: the latest of these.
    :param new_labels: labelled rows of mature deliveries that the champion has not learned from.
    :param champion: the champion; None without one.
    """

    windows: tuple[EvaluatedWindow, ...]
    earlier: tuple[EvaluatedWindow, ...]
    new_labels: int
    champion: EvaluatedVersion | None


class WindowEvaluator:
    """Evaluates the windows of one manifest, newest first, as :class:`KnownLabels` wants it.

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
        self._features = {ref.partition: ref for ref in manifest.of("features") if ref.partition <= as_of}
        self._deliveries = manifest.of("labels")
        self._as_of = as_of
        self._scratch = scratch
        self._memory = StoreMemory(registry.store, config.name)
        self._scored = ScoredWindows(registry.store, config, scratch)

    def evaluate(self, version: ModelVersion | None) -> Outcome:
        """Return what was found about a champion and those before it.

        :param version: the champion; None without one, when only labels are counted.
        :raises DataError: labels of one delivery contradict each other, or predictions are damaged.
        """
        champion = self._describe(version) if version is not None else None
        learned = champion.newest_labels if champion else ""
        watched = self._watched()
        days = sorted({*watched, *(day for day in self._features if day > learned)}, reverse=True)
        known = self._known_labels(days)
        windows, earlier, new_labels = [], [], 0
        for day in days:
            ref, labels = self._features[day], known.of(day)
            window = None
            if champion is not None and day in watched:
                window = self._window(ref, labels, champion)
                windows.append(window)
                if window.md5 is None and (other := self._last_other(day, champion.version)):
                    earlier.append(self._window(ref, labels, other))
            if day > learned:
                new_labels += self._count(ref, labels, window)
        return Outcome(
            windows=tuple(windows[::-1]),
            earlier=tuple(earlier[::-1]),
            new_labels=new_labels,
            champion=champion,
        )

    def _watched(self) -> list[str]:
        """Return the newest windows: what the policy looks at, and what waits for labels on top."""
        waiting = waiting_for_labels(self._features, self._as_of, self._config)
        return list(self._features)[-(self._config.monitoring.policy.windows + len(waiting)) :]

    def _known_labels(self, days: list[str]) -> KnownLabels:
        if self._config.source.labels is None:
            files = {day: self._registry.local_path(self._features[day], self._scratch) for day in days}
            return TargetInFeatures(files, self._config, self._as_of)
        known = {
            ref.partition: self._registry.local_path(ref, self._scratch)
            for ref in self._deliveries
            if ref.partition <= self._as_of
        }
        return DeliveredLabels(known, self._config, self._as_of)

    def _count(self, ref: SnapshotRef, labels: Labels | None, window: EvaluatedWindow | None) -> int:
        """Return how many rows of a delivery have a label to learn from; none until it is mature.

        The predictions of the delivery as it is now have its rows, so their labels need no second join.
        """
        if labels is None:
            return 0
        if window is not None and window.md5 == ref.md5:
            return window.performance.labelled if window.performance.maturity.mature else 0
        path = self._registry.local_path(ref, self._scratch)
        seen = label_rows(ref.partition, path, labels, self._config)[1]
        maturity = assess_labels(
            ref.partition, rows=seen.rows, labelled=seen.labelled, as_of=self._as_of, config=self._config
        )
        return seen.labelled if maturity.mature else 0

    def _window(self, ref: SnapshotRef, labels: Labels | None, version: EvaluatedVersion) -> EvaluatedWindow:
        found = self._scored.of(ref, version.version)
        performance = evaluate_window(
            ref.partition,
            found.file if found else None,
            labels,
            self._config,
            version=version,
            as_of=self._as_of,
            restated=found is not None and found.restated,
            memory=self._memory,
        )
        if found is not None and found.restated:
            log.warning(
                "%s was restated after version %s scored it: evaluated by what was predicted then, %s",
                ref.partition, version.version, found.object_key,
            )  # fmt: skip
        return EvaluatedWindow(performance=performance, md5=found.stamp.snapshot_md5 if found else None)

    def _last_other(self, day: str, champion: str) -> EvaluatedVersion | None:
        """Return the latest version besides the champion that has scored a delivery."""
        others = [number for number in self._scored.versions(day) if number != champion]
        if not others:
            return None
        version = self._versions.version(others[-1])
        return EvaluatedVersion(version=others[-1]) if version is None else self._describe(version)

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
