"""Settings beside each other: regret that is honest, intervals, and no recommendation by luck."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from include.evaluation.buckets import BUCKETS, BucketedGain
from include.evaluation.confidence_interval import ConfidenceInterval
from include.replay.account import Account, recommend, take_account
from include.replay.hindsight import weigh
from include.replay.local_deliveries import LocalDeliveries
from include.replay.outcome import Day
from include.replay.page import accounts_table, days_table, draw_accounts, render_accounts, to_json_days
from include.replay.settings import read_settings
from include.replay.sweep import account_for, walk_all
from include.replay.walked import Past

if TYPE_CHECKING:
    from pathlib import Path

    from include.replay.cache import Cache
    from include.replay.walked import Walked

pytestmark = pytest.mark.core

APRIL, MAY, JUNE, JULY = "2005-04-30", "2005-05-31", "2005-06-30", "2005-07-31"
AUGUST, SEPTEMBER, OCTOBER = "2005-08-31", "2005-09-30", "2005-10-31"
NEVER = "monitoring.policy.min_new_labels=300,1000000"  # in force: 300; the other never retrains


@pytest.fixture(scope="module")
def swept(folder: Path, world: Any, cache: Cache) -> tuple[Past, list[Walked], list[Account]]:
    """A world whose signal turns in June, under a policy that retrains and under one that never does."""
    made = world(turned_from=JUNE)
    settings = read_settings(folder, [NEVER])
    deliveries = LocalDeliveries.of_tables(settings[0].config, made.features, made.labels, cache)
    days = (APRIL, MAY, JUNE, JULY, "2005-08-01", AUGUST, "2005-09-01", SEPTEMBER, "2005-10-01", OCTOBER)
    past = Past(folder=folder, deliveries=deliveries, cache=cache.folder, days=days, first=MAY)
    walked = walk_all(past, settings)
    return past, walked, account_for(past, walked, settings[0].config)


def test_a_setting_that_never_retrains_serves_worse(swept: tuple[Past, list[Walked], list[Account]]) -> None:
    _, _, (force, never) = swept
    assert (force.in_force, never.in_force) == (True, False)
    assert force.retrainings >= 1
    assert never.retrainings == 0
    assert force.promotions > never.promotions == 1
    assert never.regret.value > force.regret.value
    assert never.worse > 0
    assert never.over_in_force.value < 0
    assert never.over_in_force.high < 0
    assert force.over_in_force.value == 0
    assert force.cpu > never.cpu > 0
    assert never.alarms > 0, "the champion is worse, and there is nothing to learn"


def test_only_days_that_count_are_counted(swept: tuple[Past, list[Walked], list[Account]]) -> None:
    past, walked, (force, _) = swept
    assert [day.day for day in walked[0].days] == list(past.days[1:])
    assert force.days == len(past.days) - 1
    assert force.evaluated < force.days, "labels of the last delivery are not known yet"


def test_two_processes_come_to_the_same(
    swept: tuple[Past, list[Walked], list[Account]], folder: Path
) -> None:
    past, _, accounts = swept
    settings = read_settings(folder, [NEVER])
    walked = walk_all(past, settings, workers=2)
    again = account_for(past, walked, settings[0].config, workers=2)
    assert [replace(one, cpu=0.0) for one in again] == [replace(one, cpu=0.0) for one in accounts]


def test_pages_and_tables_show_every_setting(swept: tuple[Past, list[Walked], list[Account]]) -> None:
    _, walked, accounts = swept
    table = accounts_table(accounts)
    assert "* in force" in table or "* min_new_labels=300" in table
    assert "min_new_labels=1000000" in table
    days = days_table(walked[0].days)
    assert "retraining promoted" in days or "retraining rejected" in days
    picture = draw_accounts(accounts, "roc_auc")
    assert picture.startswith(b"\x89PNG")
    page = render_accounts("small", accounts, walked[0].days, picture, ["nothing is recommended"])
    assert "min_new_labels=1000000" in page
    assert "nothing is recommended" in page
    plain = to_json_days(walked[0].days)
    assert [one["day"] for one in plain] == [day.day for day in walked[0].days]


def account(name: str, low: float, high: float, *, in_force: bool = False) -> Account:
    found = ConfidenceInterval(value=(low + high) / 2, low=low, high=high)
    return Account(
        name=name, changes={}, in_force=in_force, retrainings=0, trainings=0, promotions=0, rejections=0,
        alarms=0, days=1, evaluated=1, worse=0, regret=found, over_in_force=found, cpu=0.0, champions={},
        metric="roc_auc",
    )  # fmt: skip


def test_nothing_is_recommended_while_intervals_overlap() -> None:
    force = account("in force", 0.01, 0.03, in_force=True)
    assert "No recommendation" in recommend([force, account("a", 0.0, 0.0101)])
    assert "No recommendation" in recommend([force, account("a", 0.04, 0.05)])
    assert "No recommendation" in recommend([force, account("a", 0.0, math.nan)])
    assert recommend([force, account("a", 0.0, 0.009)]).startswith("a would have served better")
    assert "Only the setting in force" in recommend([force])


def test_the_level_is_raised_with_the_number_of_settings(
    swept: tuple[Past, list[Walked], list[Account]],
) -> None:
    class Known:
        def regret(self, *rest: Any) -> BucketedGain:
            rng = np.random.default_rng(1)
            return BucketedGain(rows=1000, total=1.0, sums=rng.normal(size=BUCKETS))

        gain, metric = regret, "roc_auc"

    _, walked, _ = swept
    hindsight: Any = Known()
    (alone,) = take_account(walked[:1], hindsight, 0.95)
    both = take_account(walked, hindsight, 0.95)
    widths = [one.regret.high - one.regret.low for one in (alone, both[0])]
    assert widths[1] / widths[0] == pytest.approx(2.2414 / 1.9600, rel=0.01)


def test_weighed_gains_keep_value_and_error() -> None:
    rng = np.random.default_rng(2)
    one = BucketedGain(rows=100, total=2.0, sums=rng.normal(size=BUCKETS))
    other = BucketedGain(rows=50, total=-1.0, sums=rng.normal(size=BUCKETS))
    found = weigh([(0.25, one), (0.75, other)])
    assert found.value == pytest.approx(0.25 * 0.02 - 0.75 * 0.02)
    np.testing.assert_allclose(found.shares, 0.25 * one.sums / 100 + 0.75 * other.sums / 50)


def test_an_empty_day_is_not_shown() -> None:
    assert days_table([Day(day=MAY)]) == "nothing happened on these days"
