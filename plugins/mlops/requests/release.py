"""Release a delivery from quarantine: it may be used under the contract as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.verdicts import Verdict
from mlops.data.quarantine_by_hand import release_snapshot
from mlops.requests.base import Request

if TYPE_CHECKING:
    from mlops.requests.base import Asked


def _release(asked: Asked) -> Verdict:
    path = release_snapshot(asked.store, asked.config.name, asked.subject, by=asked.by, reason=asked.reason)
    return Verdict(
        kind="release", decision="release", subject=f"{path} ({asked.subject})",
        summary=f"{asked.by} released it from quarantine: {asked.reason}",
        inputs={"md5": asked.subject},
        counterfactuals=("another contract, under which the delivery fails again",),
    )  # fmt: skip


RELEASE = Request(name="release", subject="md5 of the snapshot", do=_release)
