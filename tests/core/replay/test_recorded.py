"""What a live system decided, beside a replay of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from include.monitoring.report.day_record import DayRecord
from include.replay.engine import replay_tables
from include.replay.outcome import Kind, Trained
from include.replay.recorded import Recorded, RecordedTraining, compare

if TYPE_CHECKING:
    from pathlib import Path

    from include.replay.cache import Cache
    from include.replay.outcome import Day

pytestmark = pytest.mark.core

MAY, JUNE, JULY = "2005-05-31", "2005-06-30", "2005-07-31"


@pytest.fixture(scope="module")
def days(folder: Path, world: Any, cache: Cache) -> list[Day]:
    made = world(turned_from=JUNE)
    return list(
        replay_tables(
            folder, features=made.features, labels=made.labels, days=[MAY, JUNE, JULY], cache=cache.folder
        )
    )


@pytest.fixture
def recorded(days: list[Day]) -> Recorded:
    """The record of a live system that decided the same."""
    records = {}
    trainings = []
    for day in days:
        watched = day.watched
        assert watched is not None
        champion = watched.policy.inputs["champion"]
        records[day.day] = DayRecord(
            model="small",
            as_of=day.day,
            champion=champion["version"] if champion else None,
            partition=watched.partition,
            drift=day.drift,
            statuses=day.statuses,
            new_labels=watched.new_labels,
            verdict=watched.policy,
        )
        trainings += [
            RecordedTraining(kind=one.kind, as_of=day.day, gate=one.verdict.decision, version=one.version)
            for one in day.trained
            if one.fitted and one.verdict
        ]
    return Recorded(days=records, trainings=tuple(trainings), scored_on=frozenset({MAY}))


def test_the_same_decisions_are_no_difference(recorded: Recorded, days: list[Day]) -> None:
    assert compare(recorded, days) == []
    assert recorded.all_days == [MAY, JUNE, JULY]
    assert recorded.trained_on == (MAY,)
    assert [recorded.runs.trains(day, champion=True) for day in (MAY, JUNE)] == [True, False]


def test_a_day_of_an_earlier_release_is_watched_and_not_compared(recorded: Recorded, days: list[Day]) -> None:
    """It kept a page and no record. Without its monitoring a replay would not retrain as was done live."""
    upgraded = replace(recorded, days={JULY: recorded.days[JULY]}, watched_on=frozenset({JUNE, JULY}))
    assert [upgraded.runs.watches(day) for day in (MAY, JUNE, JULY)] == [False, True, True]
    assert upgraded.all_days == [MAY, JUNE, JULY]
    assert compare(upgraded, days) == []


def test_every_decision_is_compared(recorded: Recorded, days: list[Day]) -> None:
    live = recorded.days[JULY]
    changed = replace(
        live,
        champion="7",
        partition=JUNE,
        drift="benign drift",
        new_labels=live.new_labels + 1,
        statuses={**live.statuses, JUNE: "good", "2005-03-31": "good"},
        verdict=replace(live.verdict, decision="alert"),
    )
    found = compare(replace(recorded, days={**recorded.days, JULY: changed}), days)
    assert {one.day for one in found} == {JULY}
    assert [one.what for one in found] == [
        "champion", "newest delivery", "drift", "new labels", "performance of 2005-03-31",
        f"performance of {JUNE}", "policy",
    ]  # fmt: skip
    assert found[-1].to_text() == f"{JULY}  policy: live alert, replayed {days[-1].policy}"


def test_a_candidate_more_or_less_or_with_another_end_is_a_difference(
    recorded: Recorded, days: list[Day]
) -> None:
    first = recorded.trainings[0]
    fewer = replace(recorded, trainings=recorded.trainings[1:])
    assert [one.what for one in compare(fewer, days)] == ["training: candidates"]
    other = replace(
        recorded, trainings=(replace(first, gate="reject", version=None), *recorded.trainings[1:])
    )
    assert [one.what for one in compare(other, days)] == ["training: gate", "training: version"]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param({"gate": "", "version": None}, id="trained, not evaluated yet"),
        pytest.param({"gate": "promote", "version": None}, id="passed, not registered yet"),
    ],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_a_candidate_whose_end_is_not_on_record_is_left_out(
    recorded: Recorded, days: list[Day], kind: Kind, end: dict[str, Any]
) -> None:
    """The live system may be in the middle of it."""
    going_on = tuple(replace(one, **end) if one.kind is kind else one for one in recorded.trainings)
    live = replace(recorded, trainings=going_on)
    assert compare(live, days) == []
    (left,) = live.left_open
    assert left.to_text() == f"{kind} as of {MAY if kind is Kind.TRAINING else left.as_of}"
    assert live.trained_on == (() if kind is Kind.TRAINING else (MAY,))
    assert live.all_days == [MAY, JUNE, JULY]
    assert replace(live, days={}, scored_on=frozenset()).all_days == [
        one.as_of for one in recorded.trainings if one.kind is not kind
    ]


def test_a_kept_challenger_counts_by_its_end(days: list[Day]) -> None:
    refused, chosen = (one for day in days for one in day.trained if one.fitted)
    assert refused.verdict is not None
    assert chosen.verdict is not None

    def trained(like: Trained, name: str, decision: str, promoted: str | None) -> Trained:
        assert like.verdict is not None
        verdict = replace(
            like.verdict, decision=decision, inputs={**like.verdict.inputs, "chosen_run": promoted}
        )
        return replace(
            like, kind=Kind.RETRAINING, candidate=name, verdict=verdict, version="2" if promoted else None
        )

    played = [
        replace(days[0], trained=(trained(refused, "a", "reject", None),)),
        replace(days[1], trained=(trained(chosen, "b", "promote", "a"),)),
    ]
    live = Recorded(
        trainings=(
            RecordedTraining(kind=Kind.RETRAINING, as_of=MAY, gate="promote", version="2"),
            RecordedTraining(kind=Kind.RETRAINING, as_of=JUNE, gate="reject", version=None),
        )
    )
    assert compare(live, played) == []


def test_a_day_that_is_looked_at_again_still_counts_as_the_retraining_it_started(recorded: Recorded) -> None:
    live = recorded.days[JULY]
    state = {**live.verdict.inputs["state"], "last_retraining": JULY, "pending": None}
    again = replace(live, verdict=replace(live.verdict, decision="wait", inputs={"state": state}))
    assert again.decision == "retrain"
    waiting = replace(again, verdict=replace(again.verdict, inputs={"state": {**state, "pending": "x"}}))
    assert waiting.decision == "wait"
