"""Since when a delivery was known, as the history of the data registry tells it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from include.lineage import SnapshotRef
from mlops.hooks.dvc.workspace import Committed
from mlops.replay.registered_deliveries import known_since

pytestmark = pytest.mark.adapter

APRIL, MAY, JUNE = "2005-04-30", "2005-05-31", "2005-06-30"
NOW = int(datetime(2005, 7, 9, 12, tzinfo=UTC).timestamp())


def committed(partition: str, as_of: str, md5: str = "a", table: str = "features") -> Committed:
    ref = SnapshotRef(
        table=table, partition=partition, path="", md5=md5, rows=1, size=1, commit="", source="",
        source_sha256="", schema_digest="",
    )  # fmt: skip
    return Committed(ref=ref, as_of=as_of, time=NOW)


def since(*history: Committed) -> list[tuple[str, str]]:
    return [(one.partition, one.known_on) for one in known_since(history)]


def test_deliveries_that_one_run_took_in_much_later_came_in_their_time() -> None:
    found = since(committed(APRIL, JUNE), committed(MAY, JUNE), committed(JUNE, JUNE))
    assert found == [(APRIL, APRIL), (MAY, MAY), (JUNE, JUNE)]


def test_one_that_a_run_in_between_did_not_find_came_late() -> None:
    found = since(committed(APRIL, MAY), committed(MAY, JUNE))
    assert found == [(APRIL, APRIL), (MAY, JUNE)]


def test_one_of_a_later_day_was_not_missed_by_earlier_runs() -> None:
    assert since(committed(APRIL, APRIL), committed(MAY, MAY)) == [(APRIL, APRIL), (MAY, MAY)]


def test_a_restated_one_is_known_from_the_run_that_took_it_in() -> None:
    found = since(committed(APRIL, APRIL), committed(APRIL, "2005-05-10", "b"))
    assert found == [(APRIL, APRIL), (APRIL, "2005-05-10")]


def test_commits_that_do_not_say_it_count_in_time_and_from_their_day() -> None:
    found = since(committed(APRIL, ""), committed(MAY, ""), committed(APRIL, "", "b"))
    assert found == [(APRIL, APRIL), (MAY, MAY), (APRIL, "2005-07-09")]
