"""Which causes are open: a small file for each in the object store, so that a cause is told once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from include.alerting.standing import Standing
from include.errors import DataError
from mlops import object_keys
from mlops.hooks.object_store import ObjectStoreHook
from mlops.hooks.stored_records import read_record

if TYPE_CHECKING:
    from include.alerting.alert import Alert, Cause

log = logging.getLogger("mlops.alerts")
_CLAIM = timedelta(minutes=10)  # so long whoever met a cause first may take to tell about it


def now() -> str:
    """Return the time as ISO text in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Markers:
    """The open causes of one model. Every method raises a :class:`StorageError` while the store is down.

    :param model: the model's name.
    :param store: the object store.
    """

    def __init__(self, model: str, store: ObjectStoreHook | None = None) -> None:
        self.model = model
        self.store = store or ObjectStoreHook()

    def meet(self, alert: Alert) -> tuple[Standing, bool]:
        """Enter that a cause was met; return what is known of it, and whether it is for the caller to tell.

        Of two that meet a new cause at once, one is to tell. If that one died before it was done, or no
        channel took it, the next one to meet the cause is.
        """
        place = self._place(alert.cause)
        path = self.store.resolve(place)
        first = Standing.begin(alert, now())
        if self.store.create_json(path, first.to_dict()):
            return first, True
        known = read_record(self.store, place, Standing.from_dict)
        if known is None:  # closed in between
            return first, True
        again = known.met_again(alert, now())
        self.store.write_json(path, again.to_dict())
        return again, known.tried or datetime.now(UTC) - datetime.fromisoformat(known.last) > _CLAIM

    def record(self, cause: Cause, standing: Standing) -> None:
        """Keep what is known of a cause."""
        self.store.write_json(self.store.resolve(self._place(cause)), standing.to_dict())

    def open(self) -> list[tuple[str, Standing]]:
        """Return the open causes: the digest of each and what is known of it.

        One that can't be read is left open, with a warning: it must not keep the others from being closed.
        """
        found = []
        for path in self.store.list(self.store.resolve(object_keys.alert(self.model, "*"))):
            digest = path.rpartition("/")[2].removesuffix(".json")
            try:
                known = read_record(self.store, object_keys.alert(self.model, digest), Standing.from_dict)
            except DataError as error:
                log.warning("An open alert could not be read: %s", error)
                continue
            if known is not None:  # else it was closed in between
                found.append((digest, known))
        return found

    def close(self, digest: str) -> None:
        """Forget a cause: when it comes back, people are told again."""
        self.store.remove(self.store.resolve(object_keys.alert(self.model, digest)))

    def _place(self, cause: Cause) -> str:
        return object_keys.alert(self.model, cause.digest, event=cause.event)
