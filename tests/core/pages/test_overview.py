"""What a model's row says, and which model comes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from include.pages.chart import sparkline
from include.pages.entry import Entry, Place
from include.pages.known import Approval, DagFacts, Kept
from include.pages.moment import moments
from include.pages.needs import by_attention, needs_of
from include.pages.overview import Overview, tone
from include.pages.timeline import Lane, Point, timeline
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
    assert [one.model for one, _ in by_attention([calm, paused, alerted, failed])] == ["c", "d", "b", "a"]
    assert paused.next_run is None, "what is paused does not come next"
    assert paused.waits_for == "nothing is scheduled"
    assert needs_of(calm) == ()


def test_an_entry_that_cannot_be_read_is_a_need_and_not_nothing() -> None:
    found = Overview(model="m", kept={"gate": Kept(entry=None, written=NOW, problem="edited")})
    assert any("gate: unknown (edited)" in need.text for need in needs_of(found))


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
    lane = Lane(name="a<b", points=[Point(day=day, tone="good", said="<i>", label="<2>") for day in days])
    life = ElementTree.fromstring(timeline([lane], found=found, estimated=found, metric="<roc>"))
    assert len(list(life.iter("circle"))) == 3 * number
    assert all(0 <= float(one.attrib["cx"]) <= 1000 for one in life.iter("circle"))
    heights = [float(one.attrib["cy"]) for one in life.iter("circle")]
    assert all(0 <= y <= float(life.attrib["height"]) for y in heights)


def test_real_and_expected_lie_on_the_axis_of_the_decisions() -> None:
    found = moments([("2026-01-01", "good", {"value": 0.9})])
    guessed = moments([("2026-01-11", "no drift", {"value": 0.8})])
    lane = Lane(name="gate", points=[Point(day="2026-01-11", tone="warn", said="reject")])
    drawn = ElementTree.fromstring(timeline([lane], found=found, estimated=guessed, metric="roc_auc"))
    real, expected, decided = drawn.iter("circle")
    assert float(expected.attrib["cx"]) == float(decided.attrib["cx"]) > float(real.attrib["cx"])
    assert float(expected.attrib["cy"]) > float(real.attrib["cy"]), "lower is worse"
    assert str(expected[0].text) == "2026-01-11: 0.8, expected from the predictions"


def test_there_is_no_picture_of_nothing() -> None:
    assert sparkline([]) == ""
    assert timeline([]) == ""
    assert sparkline(moments([("2026-01-01", "not mature", {})])) == ""


def test_an_approval_that_waits_is_more_urgent_than_a_decision() -> None:
    asked = Approval(subject="May version 2 of m serve?", since=NOW, place=Place(task_id="approve"))
    found = Overview(model="m", kept={"policy": kept("alert", version="1")}, approvals=[asked])
    first, second, *_ = needs_of(found)
    assert (first.text, first.place.task_id) == (
        "May version 2 of m serve? Asked 2026-01-05 00:00 UTC", "approve",
    )  # fmt: skip
    assert second.text.startswith("policy: alert")
    assert all(need.act for need in needs_of(found)), "each says what to do"


def test_labels_are_known_until_the_newest_window_with_a_metric() -> None:
    history = moments([("2026-01-01", "good", {"value": 0.9}), ("2026-01-02", "not mature", {})])
    entry = Entry(as_of="2026-01-05", history=history, facts={"metric": "roc_auc"})
    found = Overview(model="m", kept={"performance": Kept(entry=entry, written=NOW)})
    assert (found.labels_until, found.metric) == ("2026-01-01", "roc_auc")
    assert Overview(model="m").labels_until is None


def test_estimates_are_those_of_the_primary_metric() -> None:
    figures = {"value roc_auc": 0.8, "low roc_auc": 0.7, "value log_loss": 0.3}
    drift = Entry(as_of="2026-01-05", history=moments([("2026-01-04", "no drift", figures)]))
    performance = Entry(as_of="2026-01-05", facts={"metric": "roc_auc"})
    found = Overview(
        model="m",
        kept={name: Kept(entry=one, written=NOW) for name, one in
              {"drift": drift, "performance": performance}.items()},
    )  # fmt: skip
    (only,) = found.estimates
    assert only.figures == {"value": 0.8, "low": 0.7}


def test_predictions_of_a_version_that_was_rolled_back_from_are_named() -> None:
    days = [("2026-01-01", "scored", {"version": 1.0}), ("2026-01-02", "scored", {"version": 2.0})]
    scoring = Entry(as_of="2026-01-05", history=moments(days), facts={"version": "1"})
    back = {"scoring": Kept(entry=scoring, written=NOW), "rollback": kept("roll back", from_version="2")}
    assert Overview(model="m", kept=back).tainted == ("2", ("2026-01-02",))
    again = {**back, "promotion": kept("promote", 1, version="2")}
    assert Overview(model="m", kept=again).tainted is None, "it serves once more"
    assert Overview(model="m").tainted is None


def test_without_a_clock_the_next_run_comes_when_data_arrives() -> None:
    def model(*, paused: bool) -> Overview:
        facts = DagFacts(dag_id="m_scoring", kind="scoring", paused=paused, on_arrival=True)
        return Overview(model="m", dags={"scoring": facts})

    assert model(paused=False).waits_for == "when data arrives"
    assert model(paused=True).waits_for == "nothing is scheduled"
