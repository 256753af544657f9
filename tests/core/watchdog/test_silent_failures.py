"""Twelve ways in which a model fails without a word: of each, people are notified once, and in time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from include.alerting.alert import OpenAlert
from include.config.watchdog_schema import Watchdog
from include.watchdog.look import look_at
from tests.core.watchdog.simulated_model import (
    DAY,
    HOUR,
    START,
    Arrival,
    SimulatedModel,
    at,
    moments,
    watch,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.core


def daily(first: int, last: int, *, hour: int = 22, without: range = range(0)) -> list[Arrival]:
    """Return a delivery for each day, which arrives on its evening."""
    return [
        Arrival((START + day * DAY).date(), at(day, hour)) for day in range(first, last) if day not in without
    ]


def late(arrivals: list[Arrival], days: int) -> list[Arrival]:
    """Return labels of deliveries: each comes so many days later, under the date on which it comes."""
    return [Arrival(one.partition + days * DAY, one.arrives + days * DAY) for one in arrivals]


def a_model(**changes: Any) -> SimulatedModel:
    """Return a model that has run for long when the watchdog first looks, on day 0."""
    deliveries = changes.pop("deliveries", daily(-40, 80))
    return SimulatedModel(deliveries, **{"labels": late(deliveries, 3), "labels_delay": 3} | changes)


@dataclass(frozen=True)
class Failure:
    """One silent failure.

    :param model: makes the model.
    :param rule: that notices.
    :param due: the moment from which on the watchdog may notice; it has an hour.
    :param subject: what is in the cause.
    :param over: from when on it has ended; the alert is resolved within the hour.
    :param also: other rules that notice the same.
    """

    model: Callable[[], SimulatedModel]
    rule: str
    due: datetime
    subject: str
    over: datetime
    also: frozenset[str] = field(default_factory=frozenset)


def looks(failure: Failure) -> list[datetime]:
    """Return the moments of an hourly watchdog, without most of those at which nothing is new."""
    hourly = moments(at(12) + timedelta(minutes=23), at(42), HOUR)
    changes = (failure.due, failure.over, failure.due - DAY)  # a day is the longest patience with a pause
    return [
        now
        for n, now in enumerate(hourly)
        if n % 13 == 0 or any(abs(now - change) < 3 * HOUR for change in changes)
    ]


HALF_PAST = timedelta(minutes=30)
FAILURES = {
    # the delivery of day 20 was to be there two days after the end of its day
    "deliveries stop": Failure(
        lambda: a_model(
            deliveries=[
                *daily(-40, 20),
                *[Arrival(one.partition, max(one.arrives, at(30))) for one in daily(20, 80)],
            ],
            labels=late(daily(-40, 80), 3),
        ),
        "delivery late", at(23), "after 2026-01-24", at(30),
    ),
    "labels stop": Failure(
        lambda: a_model(labels=[one for one in late(daily(-40, 80), 3) if not at(20) < one.arrives < at(40)]),
        "labels late", at(20 + 1 + 7), "after 2026-01-24", at(40, 22),
    ),
    "the scheduler starts no run of scoring": Failure(
        lambda: a_model(down={"scoring": [(at(20), at(25))]}),
        "nothing scored", at(20, 11) + HALF_PAST, "scoring", at(25, 6),
    ),
    "monitoring gets no run": Failure(
        lambda: a_model(down={"monitoring": [(at(20), at(25))]}),
        "monitoring did not run", at(20, 11) + HALF_PAST, "monitoring", at(25, 11) + HALF_PAST,
    ),
    "every run of training skips": Failure(
        lambda: a_model(skipping={"training": [(at(20), at(30))]}),
        "every run skips", at(24, 11) + HALF_PAST, "training", at(30, 11) + HALF_PAST,
    ),
    "every run of scoring skips": Failure(
        lambda: a_model(skipping={"scoring": [(at(20), at(30))]}),
        "every run skips", at(24, 11) + HALF_PAST, "scoring", at(30, 11) + HALF_PAST,
        also=frozenset({"nothing scored"}),
    ),
    "the champion grows old": Failure(
        lambda: a_model(max_age_days=30, champion=[(START, "1", "2026-01-04"), (at(40), "2", "2026-02-10")]),
        "champion too old", at(31, 5) + HALF_PAST, "version 1", at(40),
    ),
    "nobody answers": Failure(
        lambda: a_model(approvals=[("version 2", at(20, 9), at(21, 20))]),
        "approval waiting", at(21, 9), "version 2, reminder 1", at(21, 20),
    ),
    "a candidate is forgotten": Failure(
        lambda: a_model(undecided=[("version 2", at(20, 9), at(25))]),
        "candidate undecided", at(21, 9), "version 2", at(25),
    ),
    "mails do not go out": Failure(
        lambda: a_model(channel_down=[(at(20, 3), at(21))]),
        "alert channel failing", at(20, 3), "mail to ops@example.com (smtp_default)", at(21),
    ),
    "the disk fills up": Failure(
        lambda: a_model(free=[(START, 0.4), (at(20, 4), 0.04), (at(22), 0.055), (at(23), 0.3)]),
        "storage nearly full", at(20, 4), "object store", at(23),
    ),
    "monitoring was paused and forgotten": Failure(
        lambda: a_model(paused={"monitoring": [(at(20, 12), at(25))]}),
        "dag paused", at(21, 12), "lending_monitoring", at(25),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_people_are_notified_once_within_an_hour_and_it_is_resolved_when_it_is_over(name: str) -> None:
    failure = FAILURES[name]
    people = watch(failure.model(), looks(failure))
    told = [one for one in people.messages if one[1] not in failure.also]
    assert [one[1:] for one in told] == [(failure.rule, failure.subject)], told
    assert failure.due <= told[0][0] <= failure.due + HOUR
    resolved = [one for one in people.resolved if one[1] not in failure.also]
    assert [one[1:] for one in resolved] == [(failure.rule, failure.subject)]
    assert failure.over <= resolved[0][0] <= failure.over + HOUR
    assert not people.open_alerts
    assert {one[1] for one in people.messages} <= {failure.rule, *failure.also}


def test_people_are_reminded_of_an_approval_each_day() -> None:
    model = a_model(approvals=[("version 2", at(20, 9), at(23))])
    people = watch(model, moments(at(20), at(24), HOUR))
    assert people.messages == [
        (at(21, 9), "approval waiting", "version 2, reminder 1"),
        (at(22, 9), "approval waiting", "version 2, reminder 2"),
    ]
    assert not people.open_alerts


@pytest.mark.parametrize("name", FAILURES)
def test_a_rule_that_is_ignored_says_nothing(name: str) -> None:
    failure = FAILURES[name]
    model = failure.model()
    ignored = (failure.rule, *failure.also)
    model.settings = Watchdog(ignore=ignored)
    looks = [at(0), at(19), failure.due - DAY, failure.due + HOUR, failure.due + 2 * HOUR]
    assert not watch(model, looks).messages


def test_what_is_not_known_is_neither_told_nor_resolved() -> None:
    model = FAILURES["deliveries stop"].model()
    for day in range(20):
        model.facts(at(day))
    facts = model.facts(at(24))
    known = OpenAlert.first(look_at(facts).alerts[0], "2026-01-28T00:00:00+00:00")
    blind = look_at(replace(facts, features=(), unknown={"features": "the source can't be reached"}))
    assert "delivery late" in blind.unwatched
    assert not blind.resolves(known)
    assert all(alert.cause.kind != known.kind for alert in blind.alerts)
