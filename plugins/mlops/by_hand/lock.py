"""One command at a time changes a model by hand; a lock whose process has died is taken over."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from include.errors import InfrastructureError, StorageError
from mlops.by_hand.holders import Holders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.by_hand.holders import Holder
    from mlops.hooks.object_store import ObjectStoreHook

log = logging.getLogger(__name__)

LONGEST = timedelta(hours=12)
"""How long a command may hold a model; a lock that is older is taken over, whoever has it."""


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
    holders = Holders(store, model)
    mine = {
        "token": uuid.uuid4().hex, "by": user, "host": socket.gethostname(), "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"), "command": command,
    }  # fmt: skip
    held = None
    while held is None:
        last = holders.newest()
        over = _is_over(last.record)
        if not over and not break_lock:
            raise BusyError(
                f"{_shown(last.record)} works on {model} (process {last.record.get('pid')} on "
                f"{last.record.get('host')}). Try again when that is done; if it is known to be dead, add "
                "--break-lock."
            )
        held = holders.follow(last, mine)
        break_lock = False  # it was given for the one that was seen, not for one that came before us
    if last.number and not _is_released(last.record):
        log.warning("Took over the lock on %s that %s left behind", model, _shown(last.record))
    try:
        yield
    finally:
        _release(holders, held)


def holder(store: ObjectStoreHook, model: str) -> str:
    """Return who works on a model by hand right now; empty if nobody does.

    :param store: the object store.
    :param model: the model's name.
    """
    found = Holders(store, model).newest().record
    return "" if _is_over(found) else _shown(found)


def _release(holders: Holders, held: Holder) -> None:
    """Let the lock go, unless somebody has taken it over; what a command said before is not lost for it."""
    until = datetime.now(UTC).isoformat(timespec="seconds")
    free = {**held.record, "token": uuid.uuid4().hex, "released": until}
    try:
        newest = holders.follow(held, free)
        if newest is not None:
            holders.forget_older(newest)
    except StorageError as error:
        log.warning("The lock could not be released; it is over when this process has ended: %s", error)


def _shown(lock: dict[str, Any]) -> str:
    if not lock:
        return "somebody (its record can't be read)"
    return f"{lock.get('by')} with `{lock.get('command')}` since {lock.get('since')}"


def _is_released(lock: dict[str, Any]) -> bool:
    return "released" in lock


def _is_over(lock: dict[str, Any]) -> bool:
    """Return whether nobody can be working under a lock any more."""
    if _is_released(lock):
        return True
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
