"""Evaluate the windows that a day of monitoring looks at: which they are, by which labels, which version.

Nothing here knows where predictions or snapshots are kept: a task that reads them from an object store
and a replay that keeps them on local disk evaluate the same windows in the same way.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from include.data.labelled_rows import label_rows
from include.data.maturity import assess_labels
from include.data.selection import waiting_for_labels
from include.monitoring.performance.evaluate_window import EvaluatedVersion, evaluate_window

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.data.labels import Labels
    from include.data.run_snapshots import RunSnapshots
    from include.lineage import SnapshotRef
    from include.monitoring.performance.computed_once import Memory
    from include.monitoring.performance.record import WindowPerformance
    from include.monitoring.performance.slice_source import GroupSource

log = logging.getLogger(__name__)


class Scored(Protocol):
    """Predictions of one delivery."""

    @property
    def file(self) -> Path:
        """They, on local disk."""

    @property
    def object_key(self) -> str:
        """Where they are kept, for messages."""

    @property
    def snapshot_md5(self) -> str:
        """Digest of the snapshot that was scored."""

    @property
    def restated(self) -> bool:
        """Whether the delivery was restated after it was scored."""


class Predictions(Protocol):
    """The predictions of a model."""

    def versions(self, partition: str) -> list[str]:
        """Return the versions that have scored a delivery, in any of its versions, oldest first."""

    def of(self, ref: SnapshotRef, version: str) -> Scored | None:
        """Return what a version predicted about a delivery, of its present content if there is any."""


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


class WindowsEvaluation:
    """Evaluates the windows of one manifest, newest first, as :class:`KnownLabels` wants it.

    :param snapshots: what the run looks at.
    :param predictions: what was predicted.
    :param describe: gives an earlier version by its number.
    :param memory: where figures are kept that follow from the same labels and predictions.
    :param groups: gives the groups of a delivery that a version has scored; None where nobody looks at them.
    """

    def __init__(
        self,
        snapshots: RunSnapshots,
        *,
        predictions: Predictions,
        describe: Callable[[str], EvaluatedVersion],
        memory: Memory | None,
        groups: Callable[[SnapshotRef, EvaluatedVersion, Scored], GroupSource] | None = None,
    ) -> None:
        self._config = snapshots.config
        self._snapshots = snapshots
        self._features = snapshots.features
        self._as_of = snapshots.as_of
        self._predictions = predictions
        self._describe = describe
        self._memory = memory
        self._groups = groups

    def evaluate(self, champion: EvaluatedVersion | None) -> Outcome:
        """Return what was found about a champion and those before it.

        :param champion: the champion; None without one, when only labels are counted.
        :raises DataError: labels of one delivery contradict each other, or predictions are damaged.
        """
        learned = champion.newest_labels if champion else ""
        watched = self._watched()
        days = sorted({*watched, *(day for day in self._features if day > learned)}, reverse=True)
        known = self._snapshots.known_labels(days)
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

    def _count(self, ref: SnapshotRef, labels: Labels | None, window: EvaluatedWindow | None) -> int:
        """Return how many rows of a delivery have a label to learn from; none until it is mature.

        The predictions of the delivery as it is now have its rows, so their labels need no second join.
        """
        if labels is None:
            return 0
        if window is not None and window.md5 == ref.md5:
            return window.performance.labelled if window.performance.maturity.mature else 0
        seen = label_rows(ref.partition, self._snapshots.local(ref), labels, self._config)[1]
        maturity = assess_labels(
            ref.partition, rows=seen.rows, labelled=seen.labelled, as_of=self._as_of, config=self._config
        )
        return seen.labelled if maturity.mature else 0

    def _window(self, ref: SnapshotRef, labels: Labels | None, version: EvaluatedVersion) -> EvaluatedWindow:
        found = self._predictions.of(ref, version.version)
        performance = evaluate_window(
            ref.partition,
            found.file if found else None,
            labels,
            self._config,
            version=version,
            as_of=self._as_of,
            restated=found is not None and found.restated,
            memory=self._memory,
            groups=self._groups(ref, version, found) if self._groups and found else None,
        )
        if found is not None and found.restated:
            log.warning(
                "%s was restated after version %s scored it: evaluated by what was predicted then, %s",
                ref.partition, version.version, found.object_key,
            )  # fmt: skip
        return EvaluatedWindow(performance=performance, md5=found.snapshot_md5 if found else None)

    def _last_other(self, day: str, champion: str) -> EvaluatedVersion | None:
        """Return the latest version besides the champion that has scored a delivery."""
        others = [number for number in self._predictions.versions(day) if number != champion]
        return self._describe(others[-1]) if others else None
