"""What checks have computed, kept in the object store under the digest of its inputs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from include.errors import DataError
from mlops import object_keys

if TYPE_CHECKING:
    from mlops.hooks.object_store import ObjectStoreHook

log = logging.getLogger(__name__)


class StoreMemory:
    """A :class:`include.monitoring.performance.computed_once.Memory` in the object store.

    A file is written whole or not at all, so it needs no lock: who comes second writes the same. One that was
    damaged since is computed again.

    :param store: the object store.
    :param model: name of the model.
    """

    def __init__(self, store: ObjectStoreHook, model: str) -> None:
        self._store = store
        self._model = model

    def recall(self, key: str) -> Any | None:
        """Return what was kept under a key; None where nothing can be read."""
        try:
            return self._store.read_json(self._store.resolve(object_keys.computed(self._model, key)))
        except DataError as error:
            log.warning("Computed again, since what was kept can't be read: %s", error)
            return None

    def keep(self, key: str, content: Any) -> None:
        """Keep something under a key, over whatever is there."""
        self._store.write_json(self._store.resolve(object_keys.computed(self._model, key)), content)
