"""What the rules are given: usual gaps, moments that are due, and what is remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from include.config.watchdog_schema import Watchdog, WatchdogRule
from include.errors import DataError
from include.watchdog.facts import Champion, Facts, usual_gap
from include.watchdog.look import look_at
from include.watchdog.memory import Memory
from include.watchdog.rules import RULES

pytestmark = pytest.mark.core

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)  # a Saturday


def test_each_rule_has_the_name_that_model_yaml_knows_and_facts_that_there_are():
    assert (*(rule.name for rule in RULES), "run late") == get_args(WatchdogRule), "the last is a deadline"
    named = set(Facts.__dataclass_fields__) | {"scored", "dags"}
    assert {need for rule in RULES for need in rule.needs} <= named


@pytest.mark.parametrize(
    ("partitions", "days"),
    [
        ((), 7),
        (("2026-11-27",), 7),
        (("2026-11-20", "2026-11-27"), 7),
        (("2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31"), 31),
        (("2026-11-02", "2026-11-03", "2026-11-20", "2026-11-21"), 1),  # a hole, once
        (("2026-11-13", "2026-11-16", "2026-11-17", "2026-11-20", "2026-11-23"), 3),  # two weekends
    ],
)
def test_a_usual_gap_is_one_that_came_twice(partitions, days):
    assert usual_gap(partitions, 7) == days


def test_a_run_is_due_only_after_its_tolerance_and_since_its_dag_runs():
    facts = Facts(model="lending", now=NOW, schedule="30 5 * * mon-fri", settings=Watchdog(run_late=6))
    running = Memory(running={"scoring": datetime(2026, 11, 25, 9, tzinfo=UTC)})
    assert facts.due_ticks("scoring", 5) == [], "nobody has seen it running"
    facts = replace(facts, memory=running)
    days = [tick.day for tick in facts.due_ticks("scoring", 5)]
    assert days == [26, 27], "not of Saturday, and not of before it was switched on"
    early = replace(facts, now=datetime(2026, 11, 27, 11, 29, tzinfo=UTC))
    assert [tick.day for tick in early.due_ticks("scoring", 5)] == [26]
    assert replace(facts, schedule=None).due_ticks("scoring", 5) == []


def test_what_is_paused_begins_anew_when_it_runs_again():
    first = Memory().after(NOW, newest="", scored="", paused={"scoring": True})
    later = first.after(NOW + timedelta(hours=1), newest="", scored="", paused={"scoring": True})
    assert (later.paused, later.running, later.since) == ({"scoring": NOW}, {}, NOW)
    again = later.after(NOW + timedelta(hours=2), newest="", scored="", paused={"scoring": False})
    assert (again.paused, again.running) == ({}, {"scoring": NOW + timedelta(hours=2)})
    assert again.after(NOW, newest="", scored="", paused=None) == again, "Airflow could not be asked"


def test_a_newer_delivery_does_not_make_one_scored():
    first = Memory().after(NOW, newest="2026-11-26", scored="2026-11-25", paused={})
    second = first.after(NOW + timedelta(days=1), newest="2026-11-27", scored="2026-11-25", paused={})
    assert second.unscored == NOW
    scored_between = second.after(
        NOW + timedelta(days=2), newest="2026-11-28", scored="2026-11-27", paused={}
    )
    assert scored_between.unscored == NOW + timedelta(days=2)
    assert scored_between.after(NOW, newest="2026-11-28", scored="2026-11-28", paused={}).unscored is None
    assert second.after(NOW, newest="2026-11-28", scored=None, paused={}).unscored == NOW, "not known"


def test_a_source_that_had_been_silent_for_long_is_an_archive():
    archive = Facts(
        model="lending", now=NOW, features=("2005-08-31",), memory=Memory(since=NOW - timedelta(1))
    )
    assert not look_at(archive).alerts
    stopped = replace(archive, features=("2026-11-10",))
    assert [alert.cause.kind for alert in look_at(stopped).alerts] == ["silence: delivery late"]


def test_a_source_without_any_delivery_is_late_after_its_first_gap():
    empty = Facts(model="lending", now=NOW, every=7, memory=Memory(since=NOW - timedelta(days=8)))
    assert not look_at(empty).alerts
    assert look_at(replace(empty, now=NOW + timedelta(days=1))).alerts


def test_an_alert_says_what_since_when_what_was_expected_and_what_to_do():
    facts = Facts(
        model="lending", now=NOW, max_age_days=30, champion=Champion(version="4", trained="2026-10-01")
    )
    (alert,) = look_at(facts).alerts
    assert alert.headline == (
        "lending: champion too old: champion version 4 was trained as of 2026-10-01 and still serves"
    )
    text = alert.to_text("2026-11-28", "docs")
    for part in ("Silent since: 2026-11-01 00:00 UTC", "Expected: ", "What to do: ", "Resolved by: "):
        assert part in text
    assert text.endswith("Runbook: docs/operations.md#what-the-watchdog-says")


@pytest.mark.parametrize("damage", [{"running": []}, {"since": "yesterday"}, {"paused": {"scoring": 3}}])
def test_a_memory_that_somebody_edited_is_refused_with_a_remedy(damage):
    with pytest.raises(DataError, match="clear the key `watchdog`"):
        Memory.from_dict({**Memory().to_dict(), **damage})


def test_on_arrival_a_delivery_is_to_be_scored_from_when_it_was_seen():
    seen = Memory(
        unscored=NOW - timedelta(hours=5), running={"scoring": NOW - timedelta(9)}, since=NOW - timedelta(9)
    )
    facts = Facts(
        model="lending", now=NOW, schedule="on_arrival", settings=Watchdog(run_late=6), memory=seen,
        features=("2026-11-27", "2026-11-28"), champion=Champion(version="4", trained="2026-11-01"),
    )  # fmt: skip
    assert not look_at(facts).alerts, "no clock says that a run is missing"
    late = replace(facts, now=NOW + timedelta(hours=2))
    assert [alert.cause.kind for alert in look_at(late).alerts] == ["silence: nothing scored"]
