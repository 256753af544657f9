"""Of all who want to work on a model by hand at the same moment, one does: in a folder and in a bucket."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from mlops import object_keys
from mlops.by_hand import lock
from mlops.by_hand.holders import Holders
from mlops.by_hand.lock import BusyError, hold, holder
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

MANY = 4
TIMES = 2


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, state: Path) -> Iterator[ObjectStoreHook]:
    if request.param == "bucket":
        request.getfixturevalue("s3_store")
    yield ObjectStoreHook()


def leave_dead_lock(store: ObjectStoreHook) -> None:
    """Leave the lock of one who was killed half a day ago."""
    record = {
        "token": "dead", "by": "ann", "host": "h", "pid": 1, "command": "promote",
        "since": datetime(2005, 5, 31, tzinfo=UTC).isoformat(),
    }  # fmt: skip
    number = Holders(store, "m").newest().number + 1
    store.write_json(store.resolve(object_keys.by_hand_lock("m", number)), record)


class Room:
    """Counts those who are in it."""

    def __init__(self) -> None:
        self.inside, self.most, self.times = 0, 0, 0
        self._guard = threading.Lock()

    def enter(self) -> None:
        with self._guard:
            self.inside += 1
            self.times += 1
            self.most = max(self.most, self.inside)

    def leave(self) -> None:
        with self._guard:
            self.inside -= 1


def test_one_of_many_takes_over_a_dead_lock(store: ObjectStoreHook, monkeypatch: pytest.MonkeyPatch) -> None:
    """All have seen that it is dead before the first one takes it over; the others come one by one."""
    leave_dead_lock(store)
    room, seen, tried = Room(), threading.Barrier(MANY), threading.Barrier(MANY)
    is_over = lock._is_over

    def look(record: dict[str, Any]) -> bool:
        found = is_over(record)
        if record.get("token") == "dead":
            time.sleep(0.2 * seen.wait(60))
        return found

    def take(name: int) -> None:
        try:
            with hold(store, "m", "train", str(name)):
                room.enter()
                tried.wait(60)
                room.leave()
        except BusyError as error:
            assert "train" in str(error)  # noqa: PT017
            tried.wait(60)

    monkeypatch.setattr(lock, "_is_over", look)
    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(take, range(MANY)))
    assert (room.times, room.most) == (1, 1)
    assert holder(store, "m") == ""


def test_who_tries_again_and_again_comes_to_it_alone(store: ObjectStoreHook) -> None:
    room, together = Room(), threading.Barrier(MANY)

    def work(name: int) -> int:
        together.wait(60)
        worked = 0
        while worked < TIMES:
            try:
                with hold(store, "m", "train", str(name)):
                    room.enter()
                    room.leave()
                    worked += 1
            except BusyError:
                pass
        return worked

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(work, range(MANY)))
    assert (room.times, room.most) == (TIMES * MANY, 1)
    assert holder(store, "m") == ""
