"""Events of a model's assets: looked for as far back as the thing can reach, and told of by one task."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse

from include.asset_event import AssetEvent
from include.errors import InfrastructureError
from mlops.assets import Part, day, journal, moment, part_alias, part_asset, tell_once, wiring
from tests.world.dag_run import AssetEvents

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

FOLDER = "/models/m"
NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
JOURNAL = journal(FOLDER)
SAID = {"format": 1, "key": "k", "model": "m", "as_of": "2026-01-05", "digests": {}}
EMITTED = [
    ("mlops://models/m/champion", SAID), ("mlops://models/m/journal", {"part": "champion", **SAID}),
]  # fmt: skip


class Events:
    """A journal with lines one hour apart, the newest now; it counts what was read."""

    def __init__(self, keys: list[str]) -> None:
        self.all = [(NOW - timedelta(hours=hours), key) for hours, key in enumerate(keys)]
        self.read: list[int] = []

    def ascending(self, ascending: bool) -> Events:
        assert not ascending
        return self

    def after(self, moment: str) -> Events:
        self.since = datetime.fromisoformat(moment)
        return self

    def limit(self, limit: int) -> Events:
        self.most = limit
        return self

    def __iter__(self) -> Iterator[Any]:
        found = [key for at, key in self.all if at >= self.since][: self.most]
        self.read.append(len(found))
        return (SimpleNamespace(extra={"part": "champion", "key": key}) for key in found)


def event(key: str = "k") -> AssetEvent:
    return AssetEvent(key=key, model="m", as_of="2026-01-05")


def tell(events: Any, since: datetime, key: str = "k") -> list[Any]:
    """Return what is emitted."""
    out = AssetEvents({})
    outlets = [part_alias(FOLDER, Part.CHAMPION)]
    context: Any = {"inlet_events": {JOURNAL: events}, "outlet_events": out.of_outlets(outlets)}
    said = tell_once(context, FOLDER, Part.CHAMPION, event(key), since=since)
    assert said == bool(out.added)
    return out.added


def test_an_event_is_emitted_unless_there_is_one_with_its_key() -> None:
    assert tell(Events([]), NOW) == EMITTED
    assert tell(Events(["other"]), NOW) == EMITTED
    assert tell(Events(["other", "k"]), NOW) == []


@pytest.mark.parametrize(
    "extra", [{}, {"key": "k"}, {"part": "snapshot", "key": "k"}, None, [], "k", 3, {"part": "champion"}]
)
def test_a_line_that_somebody_else_posted_is_about_another_thing(extra: Any) -> None:
    class Posted(Events):
        def __iter__(self) -> Iterator[Any]:
            return iter([SimpleNamespace(extra=extra)])

    assert tell(Posted([]), NOW) == EMITTED


@pytest.mark.parametrize("place", [0, 49, 50, 99, 100, 101, 500, 899, 1999])
def test_an_event_is_found_however_many_came_after_it(place: int) -> None:
    keys = [f"other {number}" for number in range(2000)]
    keys[place] = "k"
    events = Events(keys)
    assert tell(events, NOW - timedelta(days=100)) == []
    assert events.read[0] == 100, "the newest are read first"
    assert sum(events.read) < 100 + 8 * (place + 100)


def test_the_search_ends_where_the_thing_did_not_exist_yet() -> None:
    events = Events([f"other {number}" for number in range(24 * 365)])
    assert tell(events, NOW - timedelta(hours=3))
    assert events.read == [28], "three hours, a day for clocks that differ, and both ends"


def test_as_many_events_as_are_read_at_once_are_not_taken_for_all() -> None:
    events = Events([*(f"other {number}" for number in range(100)), "k"])
    assert tell(events, NOW - timedelta(days=100)) == []
    assert events.read == [100, 101]


def test_by_hand_nothing_is_emitted() -> None:
    assert tell_once({}, FOLDER, Part.CHAMPION, event(), since=NOW) is False  # type: ignore[typeddict-item]


def test_an_airflow_that_does_not_answer_is_an_outage() -> None:
    class Silent(Events):
        def __iter__(self) -> Iterator[Any]:
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))

    with pytest.raises(
        InfrastructureError, match=r"mlops://models/m/journal .*emitted for champion k.*retry"
    ):
        tell(Silent([]), NOW)


def test_each_model_has_a_graph_of_its_own() -> None:
    names = {part: (part_asset(FOLDER, part), part_alias(FOLDER, part)) for part in Part}
    assert {asset.uri for asset, _ in names.values()} == {
        f"mlops://models/m/{name}" for name in ("source", "snapshot", "champion", "predictions", "monitoring")
    }
    assert {asset.group for asset, _ in names.values()} == {"m"}
    everything = [one.name for pair in names.values() for one in pair]
    assert len({*everything, journal(FOLDER).name}) == 2 * len(Part) + 1
    assert part_asset("/models/m2", Part.SOURCE).name != part_asset("/models/m", Part.SOURCE).name


def test_a_task_that_tells_reads_the_journal() -> None:
    found = wiring(FOLDER, reads=[Part.SNAPSHOT], tells=Part.CHAMPION)
    assert [one.uri for one in found["inlets"]] == [
        "mlops://models/m/snapshot", "mlops://models/m/champion", "mlops://models/m/journal",
    ]  # fmt: skip
    assert [one.name for one in found["outlets"]] == ["m champion events"]
    assert wiring(FOLDER, reads=[Part.SOURCE])["outlets"] == []


def test_moments_are_in_utc() -> None:
    assert moment(1_000) == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert moment(None) == datetime(1970, 1, 1, tzinfo=UTC)
    assert day("2026-01-05") == datetime(2026, 1, 5, tzinfo=UTC)
