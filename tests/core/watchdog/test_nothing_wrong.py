"""A thousand days on which nothing is wrong: nobody is notified."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from include.config.watchdog_schema import Watchdog
from tests.core.watchdog.simulated_model import (
    DAY,
    FAR,
    HOUR,
    START,
    Arrival,
    SimulatedModel,
    at,
    moments,
    watch,
)
from tests.core.watchdog.test_silent_failures import daily, late

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.core

DAYS = 125  # of each of the eight models
EARLIER = 420


def _every_day(rng: random.Random) -> SimulatedModel:
    """Deliveries of each day, at any hour of the next; labels a month later."""
    deliveries = [
        Arrival((START + day * DAY).date(), at(day + 1, rng.randrange(24))) for day in range(-90, DAYS + 2)
    ]
    return SimulatedModel(deliveries, late(deliveries, 31), labels_delay=31)


def _weekdays(rng: random.Random) -> SimulatedModel:
    """Weekdays only, on a schedule of weekdays."""
    days = [day for day in range(-90, DAYS + 2) if (START + day * DAY).weekday() < 5]
    deliveries = [Arrival((START + day * DAY).date(), at(day, 18 + rng.randrange(6))) for day in days]
    return SimulatedModel(deliveries, late(deliveries, 7), schedule="0 6 * * tue-sat", labels_delay=7)


def _months(rng: random.Random) -> SimulatedModel:
    """The last day of each month, on a monthly schedule; labels a month and some days later."""
    ends = [date(2025 + n // 12, n % 12 + 1, 1) - DAY for n in range(1, 28)]
    deliveries = [Arrival(day, _midnight(day) + (1 + rng.randrange(3)) * DAY) for day in ends]
    labels = [Arrival(one.partition + 31 * DAY, one.arrives + 31 * DAY) for one in deliveries]
    return SimulatedModel(deliveries, labels, schedule="0 6 5 * *", labels_delay=31)


def _months_on_a_daily_schedule(rng: random.Random) -> SimulatedModel:
    """Months that are looked for each day, as the example about credit risk is."""
    model = _months(rng)
    model.schedule = "@daily"
    return model


def _late_and_tolerated(rng: random.Random) -> SimulatedModel:
    """Every tenth delivery is up to two days late."""
    deliveries = [
        Arrival(
            (START + day * DAY).date(), at(day, 20) + (rng.randrange(51) if rng.random() < 0.1 else 0) * HOUR
        )
        for day in range(-90, DAYS + 2)
    ]
    return SimulatedModel(deliveries, late(deliveries, 3), labels_delay=3)


def _paused_and_meant_to_be(rng: random.Random) -> SimulatedModel:
    """Training is paused for good; everything was paused for some hours now and then."""
    deliveries = daily(-90, DAYS + 2, hour=20)
    breaks = [(at(day, 7), at(day, 7 + rng.randrange(1, 20))) for day in range(10, DAYS, 9)]
    return SimulatedModel(
        deliveries, late(deliveries, 3), labels_delay=3, settings=Watchdog(may_be_paused=("training",)),
        paused={"training": [(START - DAY, FAR)], "scoring": breaks, "monitoring": breaks},
    )  # fmt: skip


def _no_model_yet(rng: random.Random) -> SimulatedModel:
    """Deliveries come, and no candidate has passed the gate: scoring skips each day."""
    deliveries = daily(-90, DAYS + 2, hour=rng.randrange(24))
    return SimulatedModel(deliveries, late(deliveries, 60), labels_delay=60, champion=[])


def _new_model(rng: random.Random) -> SimulatedModel:
    """Its first delivery comes on day 1, all DAGs are paused until day 40, and labels take 30 days."""
    deliveries = daily(1, DAYS + 2, hour=rng.randrange(24))
    off = [(START - DAY, at(40, 12))]
    return SimulatedModel(
        deliveries, late(deliveries, 30), labels_delay=30, champion=[(at(41), "1", "2026-02-14")],
        paused={"training": off, "scoring": off, "monitoring": off},
    )  # fmt: skip


MODELS: list[Callable[[random.Random], SimulatedModel]] = [
    _every_day, _weekdays, _months, _months_on_a_daily_schedule, _late_and_tolerated, _paused_and_meant_to_be,
    _no_model_yet, _new_model,
]  # fmt: skip


def _midnight(day: date) -> datetime:
    return START + (day - START.date())


@pytest.mark.parametrize("make", MODELS)
def test_nobody_is_notified_where_nothing_is_wrong(make: Callable[[random.Random], SimulatedModel]) -> None:
    rng = random.Random(20261128)
    people = watch(make(rng), moments(at(0), at(DAYS), 17 * HOUR + timedelta(minutes=7)))
    assert not people.messages


@pytest.mark.full  # CI looks every 17 hours
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", MODELS)
def test_nobody_is_notified_in_any_hour(make: Callable[[random.Random], SimulatedModel], seed: int) -> None:
    people = watch(make(random.Random(seed)), moments(at(0) + timedelta(minutes=23), at(DAYS), HOUR))
    assert not people.messages


def test_these_are_a_thousand_days() -> None:
    assert DAYS * len(MODELS) >= 1000
    assert all(after > before for before, after in pairwise(at(day) for day in range(DAYS)))
