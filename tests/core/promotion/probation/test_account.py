"""The account of a promotion, and how people read it."""

from __future__ import annotations

import json
from math import nan

import pytest

from include.evaluation.confidence_interval import ConfidenceInterval
from include.promotion.probation.account import Account, Promise, TrainingCost
from include.promotion.probation.draw_up import draw_up
from include.promotion.probation.plot import draw_accounts
from include.promotion.probation.promotions import Move, PromotionLife, PromotionState
from include.promotion.probation.record import PairStatus
from include.promotion.probation.report import accounts_table, idle_verdict, years_table
from include.promotion.probation.year_total import total_by_year

pytestmark = pytest.mark.core

PROMISE = Promise(metric="roc_auc", gain=ConfidenceInterval(value=0.012, low=0.004, high=0.02), rows=1000)
COST = TrainingCost(wall_seconds=61.0, cpu_seconds=110.0, rows=15_000)


def make_life(state=PromotionState.ON_PROBATION, ended_by="", version="2", as_of="2005-06-01"):
    move = Move(
        decision_id=f"d{version}", kind="promotion", version=version, displaced="1", time=1, as_of=as_of
    )
    return PromotionLife(move=move, state=state, ended_by=ended_by)


@pytest.fixture
def make_account():
    def make(deliveries, life=None, promised=PROMISE, **changes):
        options = {
            "as_of": "2005-12-01", "metric": "roc_auc", "promised": promised, "cost": COST, "unpaired": 0,
            "confidence": 0.95, "design_effect": None,
        }  # fmt: skip
        return draw_up(life or make_life(), deliveries, **{**options, **changes})

    return make


def test_delivered_is_over_all_rows_and_regret_adds_deliveries(make_account, make_delivery):
    found = make_account([
        make_delivery("2005-06-30", -0.02, rows=3000),
        make_delivery("2005-07-31", 0.01),
        make_delivery("2005-08-31", status=PairStatus.WAITING),
        make_delivery("2005-09-30", status=PairStatus.OVERDUE),
    ])
    assert found.delivered.gain.value == pytest.approx(-0.0125)
    assert found.delivered.gain.low < -0.0125 < found.delivered.gain.high
    assert (found.delivered.deliveries, found.delivered.rows) == (2, 4000)
    assert (found.delivered.first, found.delivered.last) == ("2005-06-30", "2005-07-31")
    assert found.regret == pytest.approx(0.01)
    assert (found.waiting, found.overdue) == (1, 1)
    assert found.why == "2 deliveries compared, 1 wait for labels"


def test_what_did_better_is_not_regretted(make_account, make_delivery):
    assert make_account([make_delivery("2005-06-30", 0.02)]).regret == 0.0
    assert make_account([]).regret is None


@pytest.mark.parametrize(
    ("statuses", "why"),
    [
        ([], "no delivery that both have scored"),
        ([PairStatus.WAITING], "1 deliveries wait for labels"),
        ([PairStatus.OVERDUE, PairStatus.OVERDUE], "the labels of 2 deliveries never came"),
    ],
)
def test_an_account_that_nothing_closes_says_why(make_account, make_delivery, statuses, why):
    days = ("2005-06-30", "2005-07-31")
    deliveries = [make_delivery(day, status=one) for day, one in zip(days, statuses, strict=False)]
    assert make_account(deliveries).why == why


def test_a_closed_account_names_the_decision(make_account):
    life = make_life(PromotionState.SUPERSEDED, ended_by="abc")
    assert make_account([], life).why == "by decision abc"


def test_an_account_travels_as_json(make_account, make_delivery):
    nothing = Promise(
        metric="roc_auc", gain=ConfidenceInterval(value=0.1, low=nan, high=nan, note="few"), rows=9
    )
    for found in (
        make_account([make_delivery("2005-06-30", -0.02)]), make_account([], promised=None),
        make_account([], promised=nothing, cost=TrainingCost()),
    ):  # fmt: skip
        plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert Account.from_dict(plain).to_dict() == found.to_dict()


def test_the_table(make_account, make_delivery, snapshot):
    accounts = [
        make_account([make_delivery("2005-07-31", 0.006)], make_life(version="3", as_of="2005-07-01")),
        make_account([make_delivery("2005-06-30", -0.02)], make_life(PromotionState.SUPERSEDED, "abc")),
        make_account([], make_life(PromotionState.FIRST, version="1"), promised=None, cost=TrainingCost()),
    ]
    assert f"{accounts_table(accounts)}\n\n{years_table(total_by_year(accounts))}" == snapshot


def test_a_year_adds_what_was_compared_in_one_metric(make_account, make_delivery):
    accounts = [
        make_account([make_delivery("2005-06-30", -0.02)]),
        make_account([make_delivery("2005-07-31", 0.01)]),
        make_account([]),
        make_account([make_delivery("2006-07-31", 0.03)], make_life(as_of="2006-01-01")),
        make_account([make_delivery("2005-08-31", 0.5)], metric="log_loss"),
    ]
    found = {(one.year, one.metric): one for one in total_by_year(accounts)}
    assert list(found) == [("2006", "roc_auc"), ("2005", "roc_auc"), ("2005", "log_loss")]
    one = found["2005", "roc_auc"]
    assert (one.promotions, one.compared) == (3, 2)
    assert (one.promised, one.delivered, one.regret) == pytest.approx((0.024, -0.01, 0.02))
    assert one.wall_seconds == pytest.approx(183.0)
    assert found["2005", "log_loss"].promised == 0.0, "what was promised was another metric"


def test_the_plot_is_there_when_something_was_delivered(make_account, make_delivery):
    assert draw_accounts([make_account([])]) is None
    accounts = [make_account([make_delivery("2005-06-30", -0.02)]), make_account([])]
    assert draw_accounts(accounts) == draw_accounts(accounts)
    assert draw_accounts([make_account([make_delivery("2005-06-30", 0.1)], promised=None)])[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("lives", "why"),
    [
        ([], "nothing was promoted yet"),
        ([make_life(PromotionState.FIRST)], "it displaced no version"),
        ([make_life(PromotionState.OFF)], "probation is off"),
        ([make_life(PromotionState.MOVED)], "was moved by hand"),
        ([make_life(PromotionState.ROLLED_BACK, "abc")], "has ended: rolled back by decision abc"),
        ([make_life(PromotionState.KEPT)], "has ended: kept"),
    ],
)
def test_a_day_without_a_probation_says_why(lives, why):
    verdict = idle_verdict("credit_risk", lives)
    assert (verdict.kind, verdict.decision) == ("probation", "none")
    assert why in verdict.summary
