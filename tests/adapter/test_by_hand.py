"""One command at a time changes a model by hand, and what its tasks handed on is kept."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import DataError, StorageError
from mlops import object_keys
from mlops.by_hand.holders import Holder, Holders
from mlops.by_hand.kept_run import KeptRun, kept_dates, read_kept
from mlops.by_hand.lock import BusyError, hold, holder
from mlops.cli.exit_codes import ExitCode, exit_code_of
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter

ELSEWHERE = "another-machine"


@pytest.fixture
def store(state: Path) -> ObjectStoreHook:
    return ObjectStoreHook()


def lock(store: ObjectStoreHook, **changed: Any) -> None:
    """Leave a lock behind, after those that are there."""
    record = {
        "token": "t", "by": "ann", "host": socket.gethostname(), "pid": os.getpid(), "command": "promote",
        "since": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    number = Holders(store, "m").newest().number + 1
    store.write_json(store.resolve(object_keys.by_hand_lock("m", number)), record | changed)


def dead_process() -> int:
    """Return the id of a process that has ended."""
    return int(subprocess.check_output([sys.executable, "-c", "import os; print(os.getpid())"]))


def test_two_at_once_are_one_after_the_other(store: ObjectStoreHook) -> None:
    with hold(store, "m", "promote", "ann"):
        assert holder(store, "m").startswith("ann with `promote` since ")
        says = r"ann with `promote` since .* works on m"
        with pytest.raises(BusyError, match=says) as caught, hold(store, "m", "train", "bob"):
            pass
        assert exit_code_of(caught.value) is ExitCode.TRY_AGAIN
        with hold(store, "other", "train", "bob"):
            pass
    assert holder(store, "m") == ""
    with hold(store, "m", "train", "bob"):
        pass


@pytest.mark.parametrize(
    "left",
    [
        {"pid": -1},
        {"host": ELSEWHERE, "since": (datetime.now(UTC) - timedelta(hours=13)).isoformat()},
        {"since": "yesterday"},
    ],
)
def test_a_lock_whose_process_is_gone_is_taken_over(store: ObjectStoreHook, left: dict[str, Any]) -> None:
    lock(store, **(left if left.get("pid") != -1 else {"pid": dead_process()}))
    with hold(store, "m", "train", "bob"):
        assert holder(store, "m").startswith("bob")


def test_half_a_lock_is_none(store: ObjectStoreHook) -> None:
    store.write_text(store.resolve(object_keys.by_hand_lock("m", 1)), '{"token": "t", "by"')
    with hold(store, "m", "train", "bob"):
        assert holder(store, "m").startswith("bob")


def test_a_lock_from_elsewhere_is_broken_only_on_request(store: ObjectStoreHook) -> None:
    lock(store, host=ELSEWHERE)
    with pytest.raises(BusyError, match="--break-lock"), hold(store, "m", "train", "bob"):
        pass
    with hold(store, "m", "train", "bob", break_lock=True):
        pass
    assert holder(store, "m") == ""


def test_a_lock_that_somebody_took_over_is_left_to_them(store: ObjectStoreHook) -> None:
    with hold(store, "m", "train", "bob"):
        lock(store, by="eve")
    assert holder(store, "m").startswith("eve")


def test_who_comes_late_does_not_hold_it(store: ObjectStoreHook) -> None:
    """As of two that take over the same dead lock: one has done so, worked and gone before the other."""
    lock(store, pid=dead_process())
    holders = Holders(store, "m")
    dead = holders.newest()
    for _ in range(20):  # so that the dead lock's successor is long gone
        with hold(store, "m", "train", "bob"):
            pass
    assert holders.follow(dead, {"token": "late"}) is None
    assert holder(store, "m") == ""
    with hold(store, "m", "train", "bob"):
        assert holders.follow(dead, {"token": "later"}) is None
        assert holder(store, "m").startswith("bob")
    assert len(holders._numbers()) <= 10, "old records are cleared away"


def test_a_request_that_was_repeated_finds_its_own_lock(store: ObjectStoreHook) -> None:
    record = {"token": "mine"}
    holders = Holders(store, "m")
    store.write_json(store.resolve(object_keys.by_hand_lock("m", 1)), record)  # the answer to it was lost
    assert holders.follow(Holder(0, {}), record) == (1, record)


def test_a_store_that_fails_in_between_does_not_hide_what_came_before(
    store: ObjectStoreHook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> bool:
        raise StorageError("the disk is full")

    def work() -> None:
        with hold(store, "m", "train", "bob"):
            monkeypatch.setattr(ObjectStoreHook, "create_json", away)
            raise DataError("what it worked on")

    with pytest.raises(DataError, match="what it worked on"):
        work()
    assert "could not be released" in caplog.text


def test_what_tasks_handed_on_is_found_again_by_date(store: ObjectStoreHook) -> None:
    kept = KeptRun(model="m", as_of="2005-05-31", by="ann", results={"train": {"run_id": "r"}})
    kept.save(store)
    KeptRun(model="m", as_of="2005-04-30", by="ann").save(store)
    assert kept_dates(store, "m") == ["2005-04-30", "2005-05-31"]
    assert read_kept(store, "m", "2005-05-31") == kept
    assert kept.run_id == "by_hand__2005-05-31"
    assert read_kept(store, "m", "2005-06-30") is None
    store.write_json(store.resolve(object_keys.by_hand_run("m", kept.run_id)), {"format": 9})
    with pytest.raises(DataError, match="format 9"):
        read_kept(store, "m", "2005-05-31")
