"""What the watchdog remembers of a model, in Airflow's asset state store."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include.errors import DataError
from include.watchdog.memory import Memory

if TYPE_CHECKING:
    from airflow.sdk import Asset, Context

log = logging.getLogger(__name__)
_KEY = "watchdog"


class MemoryStore:
    """Reads and writes the memory.

    :param context: the context of a task that has the asset among its inlets.
    :param asset: the model's.
    """

    def __init__(self, context: Context, asset: Asset) -> None:
        self._values = context["asset_state_store"][asset]

    def read(self) -> Memory:
        """Return what is remembered; of what can't be read, nothing, with a warning: it begins anew."""
        found = self._values.get(_KEY)
        if found is None:
            return Memory()
        try:
            return Memory.from_dict(found)
        except DataError as error:
            log.warning("The watchdog begins anew: %s", error)
            return Memory()

    def write(self, memory: Memory) -> None:
        """Keep what is remembered."""
        self._values.set(_KEY, memory.to_dict())
