"""What a replay knows at the end of a day: the versions it has made, the champion, and what is remembered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.monitoring.performance.evaluate_window import EvaluatedVersion
from include.monitoring.policy.inputs import PolicyState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.alerting.alert import Cause
    from include.data.dataset_record import Dataset
    from include.data.splits import Holdout
    from include.monitoring.drift.decision import DriftDecision
    from include.monitoring.performance.record import Reference


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version as the model registry would hold it.

    :param number: its number.
    :param model: name of the fitted model, by which :class:`include.replay.models.Models` finds it.
    :param as_of: ISO date of the run that trained it.
    :param training_key: digest of what it learned from.
    :param learned: the record of what it learned from; None where nobody knows.
    :param newest_labels: newest labelled partition it knows.
    :param holdout: whom its training left out; None where nobody knows.
    :param reference: what its evaluation found; None where nobody knows.
    :param importance: what each feature is worth to it; None where nobody knows.
    """

    number: str
    model: str
    as_of: str
    training_key: str
    learned: Dataset | None
    newest_labels: str
    holdout: Holdout | None
    reference: Reference | None
    importance: Mapping[str, float] | None

    def evaluated(self) -> EvaluatedVersion:
        """Return it as the performance check sees it."""
        return EvaluatedVersion(
            version=self.number,
            newest_labels=self.newest_labels,
            reference=self.reference,
            holdout=self.holdout,
        )


@dataclass
class State:
    """What changes from day to day.

    :param versions: number to version.
    :param champion: number of the version that serves; None before the first promotion.
    :param last: the highest number given so far.
    :param policy: what the policy remembers.
    :param drift: what it remembers of the drift check against the champion: partition to decision.
    :param started: run ids of the retrainings that were started.
    :param rejected: training keys and test sets of rejected candidates, with the day of the rejection.
    :param scored: partition to what was predicted about it: version and digest of the snapshot.
    :param open_alerts: causes of which people were notified and which nothing has ended yet, by digest.
    """

    versions: dict[str, Version] = field(default_factory=dict)
    champion: str | None = None
    last: int = 0
    policy: PolicyState = field(default_factory=PolicyState)
    drift: dict[str, DriftDecision] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    rejected: dict[tuple[str, str], str] = field(default_factory=dict)
    scored: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    open_alerts: dict[str, Cause] = field(default_factory=dict)

    @property
    def serving(self) -> Version | None:
        """The champion; None before the first promotion."""
        return self.versions[self.champion] if self.champion else None

    def remembered_drift(self, version: str | None) -> dict[str, DriftDecision]:
        """Return what is remembered of the drift check against a version."""
        return dict(self.drift) if version is not None and version == self.champion else {}

    def promote(self, version: Version) -> None:
        """Let a version serve; what is remembered of the drift check is about the one before."""
        self.versions[version.number] = version
        self.last = max(self.last, int(version.number))
        self.champion = version.number
        self.drift = {}
