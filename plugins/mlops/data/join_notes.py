"""Log what a delivery of features was joined with, and keep it beside the snapshot."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include.data.views.changes import explain_rejoin
from include.data.views.record import JoinRecord
from include.errors import DataError
from mlops import object_keys
from mlops.hooks.stored_records import read_record

if TYPE_CHECKING:
    from include.lineage import SnapshotRef
    from mlops.hooks.object_store import ObjectStoreHook

log = logging.getLogger(__name__)


def note_join(store: ObjectStoreHook, record: JoinRecord, *, before: SnapshotRef | None) -> None:
    """Log and keep a record of what was joined.

    :param store: the object store.
    :param record: what was joined.
    :param before: the newest version of the delivery; None where this is its first.
    """
    for one in record.views:
        without = one.none + one.old
        log.log(
            logging.WARNING if without == one.rows else logging.INFO,
            "%s joined with the view %s: %d of %d rows have a value; for %d none was known, for %d it was "
            "older than max_age; %d deliveries up to %s",
            record.partition, one.view, one.rows - without, one.rows, one.none, one.old, len(one.deliveries),
            one.deliveries[-1].partition if one.deliveries else "none",
        )  # fmt: skip
    if before is not None and before.source_sha256 != record.source_sha256:
        log.warning(
            "features of %s are joined anew: %s. Where a value changes they become a version beside %s, from "
            "which earlier runs were made",
            record.partition, explain_rejoin(read_join(store, record.model, before), record.views),
            before.commit[:8],
        )  # fmt: skip
    key = object_keys.join(record.model, record.partition, record.source_sha256)
    store.write_json(store.resolve(key), record.to_dict())


def read_join(store: ObjectStoreHook, model: str, ref: SnapshotRef) -> JoinRecord | None:
    """Return what a snapshot was joined with; None where no record tells, or it is damaged.

    :param store: the object store.
    :param model: the model's name.
    :param ref: a snapshot of features.
    """
    key = object_keys.join(model, ref.partition, ref.source_sha256)
    try:
        return read_record(store, key, JoinRecord.from_dict)
    except DataError as error:
        log.warning("%s; what the snapshot was joined with is not known", error)
        return None
