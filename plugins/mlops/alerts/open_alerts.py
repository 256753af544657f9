"""The open alerts of a model: a small record each in the object store, so that a cause is notified once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from include.alerting.alert import OpenAlert
from include.errors import DataError
from mlops import object_keys
from mlops.hooks.stored_records import read_record

if TYPE_CHECKING:
    from include.alerting.alert import Alert, Cause
    from mlops.hooks.object_store import ObjectStoreHook

log = logging.getLogger("mlops.alerts")
_TIME_TO_NOTIFY = timedelta(minutes=10)  # for the task in which a cause occurred first


def now() -> str:
    """Return the time as ISO text in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class OpenAlerts:
    """The open alerts of one model. Every method raises a :class:`StorageError` while the store is down.

    :param model: the model's name.
    :param store: the object store.
    """

    def __init__(self, model: str, store: ObjectStoreHook) -> None:
        self.model = model
        self.store = store

    def record_occurrence(self, alert: Alert) -> tuple[OpenAlert, bool]:
        """Record that a cause occurred; return its open alert, and whether the caller has to notify.

        If a new cause occurs twice at the same moment, one of the two callers has to. If that one died before
        it was done, or no channel accepted the alert, the next caller has to.

        :param alert: about the cause.
        """
        key = self._key(alert.cause)
        path = self.store.resolve(key)
        first = OpenAlert.first(alert, now())
        if self.store.create_json(path, first.to_dict()):
            return first, True
        known = read_record(self.store, key, OpenAlert.from_dict)
        if known is None:  # resolved in between
            return first, True
        again = known.occurred_again(alert, now())
        self.store.write_json(path, again.to_dict())
        waited = datetime.now(UTC) - datetime.fromisoformat(known.last_seen)
        return again, known.attempted or waited > _TIME_TO_NOTIFY

    def save(self, cause: Cause, open_alert: OpenAlert) -> None:
        """Keep the open alert of a cause."""
        self.store.write_json(self.store.resolve(self._key(cause)), open_alert.to_dict())

    def all(self) -> list[tuple[str, OpenAlert]]:
        """Return every open alert with the digest of its cause.

        One that can't be read is left open, with a warning: it must not keep the others from being resolved.
        """
        found = []
        for path in self.store.list(self.store.resolve(object_keys.alert(self.model, "*"))):
            digest = path.rpartition("/")[2].removesuffix(".json")
            try:
                known = read_record(self.store, object_keys.alert(self.model, digest), OpenAlert.from_dict)
            except DataError as error:
                log.warning("An open alert could not be read: %s", error)
                continue
            if known is not None:  # else it was resolved in between
                found.append((digest, known))
        return found

    def resolve(self, digest: str) -> None:
        """Remove an open alert: if its cause occurs again, people are notified again.

        :param digest: of the cause.
        """
        self.store.remove(self.store.resolve(object_keys.alert(self.model, digest)))

    def acknowledge(self, digest: str, *, by: str, reason: str) -> OpenAlert | None:
        """Keep who looks after an open alert; return it, or None where it is not open.

        :param digest: of the cause.
        :param by: who.
        :param reason: what that person says about it.
        """
        key = object_keys.alert(self.model, digest)
        known = read_record(self.store, key, OpenAlert.from_dict)
        if known is None or known.acknowledged:
            return known
        kept = known.acknowledged_by(by, reason, now())
        self.store.write_json(self.store.resolve(key), kept.to_dict())
        return kept

    def _key(self, cause: Cause) -> str:
        return object_keys.alert(self.model, cause.digest, event=cause.event)
