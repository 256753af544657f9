"""What the policy has to do without: the deliveries that were not looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.monitoring.policy.missing import BROKEN, MissingDelivery
from mlops.data.quarantine import quarantined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.lineage import Manifest
    from mlops.hooks.object_store import ObjectStoreHook


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
