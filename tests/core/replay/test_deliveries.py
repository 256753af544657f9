"""What was known on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.lineage import SnapshotRef
from include.replay.deliveries import Calendar, Delivered, present
from include.replay.runs import Runs, Training

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.core

MAY, JUNE = "2005-05-31", "2005-06-30"


@pytest.fixture
def version() -> Callable[..., Delivered]:
    def make(partition: str, known_on: str, md5: str = "a", **more: Any) -> Delivered:
        ref = SnapshotRef(
            table="features", partition=partition, path="", md5=md5, rows=1, size=1, commit="", source="",
            source_sha256="", schema_digest="",
        )  # fmt: skip
        fields: dict[str, Any] = {"ref": ref, "table": "features"} | more
        return Delivered(partition=partition, known_on=known_on, **fields)

    return make


def test_the_newest_version_of_the_day_counts(version: Callable[..., Delivered]) -> None:
    first, corrected = version(MAY, MAY), version(MAY, "2005-06-10", "b")
    calendar = Calendar([corrected, first])
    assert calendar.on("2005-05-30") == {}
    assert calendar.on("2005-06-09") == {("features", MAY): first}
    assert calendar.on("2005-06-10") == {("features", MAY): corrected}
    assert calendar.days == (MAY, "2005-06-10")


def test_a_later_partition_does_not_exist_yet_whenever_it_came(version: Callable[..., Delivered]) -> None:
    calendar = Calendar([version(JUNE, MAY)])
    assert calendar.on(MAY) == {}
    assert calendar.days == (JUNE,)


def test_one_that_is_gone_is_known_and_not_there(version: Callable[..., Delivered]) -> None:
    known = Calendar([version(MAY, MAY), version(MAY, JUNE, ref=None)]).on(JUNE)
    assert list(known) == [("features", MAY)]
    assert known["features", MAY].gone
    assert present(known) == {"features": {}, "labels": {}}


def test_one_that_cannot_be_read_is_there(version: Callable[..., Delivered]) -> None:
    known = Calendar([version(MAY, MAY, ref=None, error="cut short")]).on(MAY)
    assert present(known)["features"] == {MAY: MAY}


@pytest.mark.parametrize(
    ("runs", "without", "with_champion"),
    [
        (Runs(), [True, True, True], [False, False, False]),
        (Runs(training=Training.ALWAYS), [True, True, True], [True, True, True]),
        (
            Runs(training=Training.GIVEN, training_days=frozenset({"1", "3"})),
            [True, True, True],
            [True, False, True],
        ),
        (
            Runs(training=Training.GIVEN, training_days=frozenset({"2"})),
            [False, True, True],
            [False, True, False],
        ),
        (
            Runs(training=Training.ONLY_GIVEN, training_days=frozenset({"2"})),
            [False, True, False],
            [False, True, False],
        ),
    ],
)
def test_when_the_training_dag_runs(runs: Runs, without: list[bool], with_champion: list[bool]) -> None:
    assert [runs.trains(day, champion=False) for day in "123"] == without
    assert [runs.trains(day, champion=True) for day in "123"] == with_champion


def test_scoring_and_monitoring_run_every_day_or_on_given_ones() -> None:
    assert Runs().scores(MAY)
    assert Runs().watches(MAY)
    some = Runs(scoring_days=frozenset({MAY}), monitoring_days=frozenset({JUNE}))
    assert [some.scores(MAY), some.scores(JUNE), some.watches(MAY), some.watches(JUNE)] == [
        True, False, False, True,
    ]  # fmt: skip
