"""One command at a time changes a model by hand; a lock whose process has died is taken over."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from include.errors import DataError, InfrastructureError
from mlops import object_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import ObjectStoragePath

    from mlops.hooks.object_store import ObjectStoreHook

log = logging.getLogger(__name__)

LONGEST = timedelta(hours=12)
"""How long a command may hold a model; a lock from another machine that is older is taken over."""


class BusyError(InfrastructureError):
    """Another command works on the model right now."""


@contextmanager
def hold(
    store: ObjectStoreHook, model: str, command: str, user: str, *, break_lock: bool = False
) -> Iterator[None]:
    """Hold a model while something is changed by hand.

    Airflow's own runs are not held up: what both do at once is settled by the ledger, as between two of its
    DAGs. The lock keeps two people, or two terminals, from working on the same run.

    :param store: the object store.
    :param model: the model's name.
    :param command: the command that asks, for the message to others.
    :param user: who asks.
    :param break_lock: take the lock over, whoever has it.
    :raises BusyError: another command has it.
    """
    path = store.resolve(object_keys.by_hand_lock(model))
    mine = {
        "token": uuid.uuid4().hex, "by": user, "host": socket.gethostname(), "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"), "command": command,
    }  # fmt: skip
    while not store.create_json(path, mine):
        other = _read(store, path)
        if not break_lock and not _is_over(other):
            raise BusyError(
                f"{_shown(other)} works on {model} (process {other.get('pid')} on {other.get('host')}). Try "
                "again when that is done; if it is known to be dead, add --break-lock."
            )
        log.warning("Took over the lock on %s that %s left behind", model, _shown(other))
        store.remove(path)
        break_lock = False
    try:
        yield
    finally:
        if _read(store, path).get("token") == mine["token"]:
            store.remove(path)


def holder(store: ObjectStoreHook, model: str) -> str:
    """Return who works on a model by hand right now; empty if nobody does.

    :param store: the object store.
    :param model: the model's name.
    """
    found = _read(store, store.resolve(object_keys.by_hand_lock(model)))
    return "" if _is_over(found) else _shown(found)


def _shown(lock: dict[str, Any]) -> str:
    if not lock:
        return "somebody (its record can't be read)"
    return f"{lock.get('by')} with `{lock.get('command')}` since {lock.get('since')}"


def _read(store: ObjectStoreHook, path: ObjectStoragePath) -> dict[str, Any]:
    """Return a lock; empty if there is none, or half of one."""
    try:
        found = store.read_json(path)
    except DataError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_over(lock: dict[str, Any]) -> bool:
    """Return whether nobody can be working under a lock any more."""
    try:
        old = datetime.now(UTC) - datetime.fromisoformat(lock["since"]) > LONGEST
        same_host, pid = lock["host"] == socket.gethostname(), int(lock["pid"])
    except (KeyError, TypeError, ValueError):
        return True
    return old or (same_host and not _is_alive(pid))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True
