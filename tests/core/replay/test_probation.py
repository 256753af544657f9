"""A replay follows a promotion: the displaced version scores along, and labels decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from include.config.load import load_model
from include.evaluation.buckets import BucketedGain
from include.promotion.probation import decide as probation
from include.promotion.probation.subject import ProbationDecision
from include.replay.engine import Replay, replay_tables
from include.replay.local_deliveries import LocalDeliveries

if TYPE_CHECKING:
    from pathlib import Path

    from include.replay.cache import Cache
    from include.replay.outcome import Day

pytestmark = pytest.mark.core

MAY, JUNE, AUGUST = "2005-05-31", "2005-06-30", "2005-08-31"
SEPTEMBER, OCTOBER = "2005-09-30", "2005-10-31"


@pytest.fixture(scope="module")
def turned(folder: Path, world: Any, cache: Cache) -> dict[str, Day]:
    """A world in which the signal turns in June, and the retraining of August takes over."""
    made = world(turned_from=JUNE)
    days = replay_tables(folder, features=made.features, labels=made.labels, cache=cache.folder)
    return {day.day: day for day in days}


def test_the_first_champion_is_on_no_probation(turned: dict[str, Day]) -> None:
    assert turned[MAY].watched is not None
    assert turned[MAY].watched.probation is None


def test_a_better_version_is_kept_once_labels_say_so(turned: dict[str, Day]) -> None:
    assert turned[AUGUST].champion == "2"
    waiting, decided = turned[SEPTEMBER].watched, turned[OCTOBER].watched
    assert waiting is not None
    assert decided is not None
    assert waiting.probation is not None
    assert decided.probation is not None
    assert waiting.probation.decision == "continue"
    assert decided.probation.decision == "keep"
    assert turned[OCTOBER].champion == "2"


def worse(gain: BucketedGain) -> BucketedGain:
    return BucketedGain(rows=gain.rows, total=-gain.total, sums=-gain.sums)


@pytest.fixture
def reversed_replay(folder: Path, world: Any, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The same world, in which each delivery says the contrary of what it says about the promotion."""
    decide = probation.decide

    def contrary(deliveries: Any, *rest: Any, **more: Any) -> Any:
        turned = [replace(one, gain=worse(one.gain)) if one.gain else one for one in deliveries]
        return decide(turned, *rest, **more | {"design_effect": 1.0})

    monkeypatch.setattr("include.replay.probation.decide", contrary)
    made, config = world(turned_from=JUNE), load_model(folder)
    deliveries = LocalDeliveries.of_tables(config, made.features, made.labels, cache)

    def walk(rollback: str) -> dict[str, Day]:
        settings = config.probation.model_copy(update={"rollback": rollback}) if config.probation else None
        changed = config.model_copy(update={"probation": settings})
        replay = Replay(changed, folder, deliveries, cache)
        return {day.day: day for day in replay.walk(replay.calendar.days)}

    return walk


def test_a_worse_one_is_rolled_back_where_that_is_automatic(reversed_replay: Any) -> None:
    days = reversed_replay("automatic")
    assert days[OCTOBER].watched.probation.decision == ProbationDecision.ROLL_BACK
    assert days[OCTOBER].rolled_back
    assert (days[SEPTEMBER].champion, days[OCTOBER].champion) == ("2", "1")


def test_otherwise_a_person_is_asked_once(reversed_replay: Any) -> None:
    days = reversed_replay("ask")
    assert days[OCTOBER].watched.probation.decision == ProbationDecision.ASK
    assert days[OCTOBER].champion == "2"
    assert "probation: ask" in days[OCTOBER].notified


def test_the_exams_of_a_champion_count_until_another_takes_over(turned: dict[str, Day]) -> None:
    attempts = [
        (day.day, one.result, one.verdict.inputs["attempts"]["exam"])
        for day in turned.values()
        for one in day.trained
        if one.fitted and one.verdict and one.verdict.inputs.get("attempts")
    ]
    assert attempts[:2] == [("2005-07-31", "rejected", 1), (AUGUST, "promoted", 2)]
    assert all(number == 1 for _, _, number in attempts[2:3]), "a new champion begins a life of its own"
