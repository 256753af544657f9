"""What a model's row says, and which model comes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from include.pages.chart import sparkline, timeline
from include.pages.entry import Entry, moments
from include.pages.overview import DagFacts, Kept, Overview, by_attention, tone
from include.verdicts import Verdict

pytestmark = pytest.mark.core
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def kept(decision: str = "", hours: int = 0, **facts: str) -> Kept:
    verdict = Verdict(kind="gate", decision=decision, subject="m", summary="why") if decision else None
    return Kept(
        entry=Entry(as_of="2026-01-05", verdict=verdict, facts=dict(facts)),
        written=NOW + timedelta(hours=hours),
    )


def test_the_champion_is_whom_the_newest_task_named() -> None:
    promoted = {"promotion": kept("promote", version="2")}
    assert Overview(model="m", kept=promoted).champion == "2"
    assert Overview(model="m", kept=promoted).since == NOW
    back = {**promoted, "rollback": kept("roll back", 1, version="1"), "scoring": kept(hours=2, version="1")}
    assert Overview(model="m", kept=back).champion == "1"
    assert Overview(model="m", kept=back).since == NOW + timedelta(hours=1)
    assert Overview(model="m").champion is None


def test_since_is_unknown_where_the_alias_was_moved_by_hand() -> None:
    moved = {"promotion": kept("promote", version="2"), "scoring": kept(hours=1, version="5")}
    assert (Overview(model="m", kept=moved).champion, Overview(model="m", kept=moved).since) == ("5", None)


def test_what_needs_somebody_comes_first() -> None:
    calm = Overview(model="a", kept={"promotion": kept("promote", version="1")})
    paused = Overview(
        model="b", kept=calm.kept,
        dags={"scoring": DagFacts(dag_id="b_scoring", kind="scoring", paused=True, next_run=NOW)},
    )  # fmt: skip
    failed = Overview(
        model="c", kept=calm.kept,
        dags={"scoring": DagFacts(dag_id="c_scoring", kind="scoring", paused=False, last_state="failed")},
    )  # fmt: skip
    alerted = Overview(model="d", kept={**calm.kept, "policy": kept("alert")})
    assert [one.model for one in by_attention([calm, paused, alerted, failed])] == ["c", "d", "b", "a"]
    assert paused.next_run is None, "what is paused does not come next"
    assert paused.waits_for == "nothing is scheduled"
    assert calm.needs == ()


def test_an_entry_that_cannot_be_read_is_a_need_and_not_nothing() -> None:
    found = Overview(model="m", kept={"gate": Kept(entry=None, written=NOW, problem="edited")})
    assert any("gate: unknown (edited)" in need.text for need in found.needs)


@pytest.mark.parametrize(
    ("decision", "found"), [("promote", "good"), ("Worse", "bad"), ("retrain", "warn"), ("?", "")]
)
def test_a_decision_has_a_tone(decision: str, found: str) -> None:
    assert tone(decision) == found


@pytest.mark.parametrize("number", [1, 2, 365])
def test_pictures_are_svg_within_their_frame(number: int) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    days = [(start + timedelta(days=one)).date().isoformat() for one in range(number)]
    found = moments([(day, "good", {"value": 0.9, "low": 0.8, "high": 1.0, "expected": 0.9}) for day in days])
    drawn = ElementTree.fromstring(sparkline(found, name="<b>&\"'"))
    points = [
        tuple(map(float, pair.split(",")))
        for line in drawn.iter("polyline")
        for pair in line.attrib["points"].split()
    ]
    assert len(points) == 2 * number
    assert all(0 <= x <= 160 and 0 <= y <= 36 for x, y in points)
    title = drawn.find("title")
    assert title is not None
    assert str(title.text).startswith("<b>&\"'")
    lane = ElementTree.fromstring(timeline([("a<b", [(day, "good", "<i>") for day in days])]))
    assert len(list(lane.iter("circle"))) == number


def test_there_is_no_picture_of_nothing() -> None:
    assert sparkline([]) == ""
    assert timeline([]) == ""
    assert sparkline(moments([("2026-01-01", "not mature", {})])) == ""


def test_without_a_clock_the_next_run_comes_when_data_arrives() -> None:
    def model(*, paused: bool) -> Overview:
        facts = DagFacts(dag_id="m_scoring", kind="scoring", paused=paused, on_arrival=True)
        return Overview(model="m", dags={"scoring": facts})

    assert model(paused=False).waits_for == "when data arrives"
    assert model(paused=True).waits_for == "nothing is scheduled"
