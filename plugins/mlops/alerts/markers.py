"""Which causes are open: a small file for each in the object store, so that a cause is told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from include.alerting.standing import Standing
from mlops import places
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    from include.alerting.alert import Alert, Cause

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

        Of two that meet a new cause at once, one is to tell. If that one died before it was done, the next
        one to meet the cause is.
        """
        path = self.store.resolve(self._place(alert.cause))
        first = Standing.begin(alert, now())
        if self.store.create_json(path, first.to_dict()):
            return first, True
        known = self.store.read_json(path)
        if known is None:  # closed in between
            return first, True
        known = Standing.from_dict(known)
        again = known.met_again(alert, now())
        self.store.write_json(path, again.to_dict())
        return again, bool(known.told) or datetime.now(UTC) - datetime.fromisoformat(known.last) > _CLAIM

    def record(self, cause: Cause, standing: Standing) -> None:
        """Keep what is known of a cause."""
        self.store.write_json(self.store.resolve(self._place(cause)), standing.to_dict())

    def open(self) -> list[tuple[str, Standing]]:
        """Return the open causes: the digest of each and what is known of it."""
        found = []
        for path in self.store.list(self.store.resolve(places.alert(self.model, "*"))):
            digest = path.rpartition("/")[2].removesuffix(".json")
            known = self.store.read_json(self.store.resolve(places.alert(self.model, digest)))
            if known is not None:  # else it was closed in between
                found.append((digest, Standing.from_dict(known)))
        return found

    def close(self, digest: str) -> None:
        """Forget a cause: when it comes back, people are told again."""
        self.store.remove(self.store.resolve(places.alert(self.model, digest)))

    def _place(self, cause: Cause) -> str:
        return places.alert(self.model, cause.digest, event=cause.event)
