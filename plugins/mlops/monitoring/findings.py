"""What the policy decides on: the findings of each window, and the deliveries that were not looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from include.monitoring.drift.decision import rename_decision
from include.monitoring.policy.inputs import WindowFinding
from include.monitoring.policy.missing import BROKEN, MissingDelivery
from mlops.data.quarantine import quarantined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.lineage import Manifest
    from include.monitoring.drift.decision import DriftDecision
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.monitoring.policy_state import PolicyStore


class DriftFinding(Protocol):
    """What ``drift_check`` found about the newest delivery."""

    @property
    def partition(self) -> str:
        """The delivery."""

    @property
    def decision(self) -> str | None:
        """The decision; None without a champion."""

    @property
    def champion_version(self) -> str | None:
        """The champion; None without one."""


def drift_decisions(
    state: PolicyStore, version: str | None, newest: DriftFinding
) -> dict[str, DriftDecision]:
    """Return what the drift check found against the champion, today and before: partition to decision.

    :param state: what the policy remembers.
    :param version: the champion; None without one.
    :param newest: what ``drift_check`` found today.
    """
    if version is None:
        return {}
    known = state.drift(version)
    if newest.decision is not None and newest.champion_version == version:
        known[newest.partition] = rename_decision(newest.decision)
    return known


def window_findings(
    windows: Iterable[Mapping[str, Any]],
    drift: Mapping[str, DriftDecision],
    missing: Iterable[MissingDelivery],
) -> list[WindowFinding]:
    """Return what was found, window by window, oldest first.

    :param windows: the champion's performance in each window, as ``WindowPerformance.to_dict`` gives it.
    :param drift: partition to decision of the drift check.
    :param missing: deliveries that were not looked at.
    """
    performance = {window["partition"]: window["status"] for window in windows}
    bad = {one.partition for one in missing if one.table == "features" and one.blocks}
    return [
        WindowFinding(
            partition=partition,
            drift=drift.get(partition),
            performance=performance.get(partition),
            bad_data=partition in bad,
        )
        for partition in sorted({*performance, *drift, *bad})
    ]


def missing_deliveries(
    store: ObjectStoreHook, manifest: Manifest, unreadable: Iterable[Mapping[str, Any]]
) -> list[MissingDelivery]:
    """Return what was not looked at: quarantined by whichever run, unreadable, or gone.

    :param store: the object store.
    :param manifest: the snapshots of the run.
    :param unreadable: what ``extract`` could not read or find, as ``MissingDelivery.to_dict`` gives it.
    """
    broken = [
        MissingDelivery(
            table=ref.table, partition=ref.partition, reason=BROKEN, detail=str(mark.get("summary", ""))
        )
        for ref, mark in quarantined(store, manifest.model, manifest.snapshots)
    ]
    return broken + [MissingDelivery.from_dict(dict(one)) for one in unreadable]
