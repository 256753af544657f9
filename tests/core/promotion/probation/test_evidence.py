"""The evidence of probation, and what earlier promotions teach about its noise."""

from __future__ import annotations

import numpy as np
import pytest

from include.promotion.probation.evidence import (
    NO_SCATTER,
    Scatter,
    add_deliveries,
    add_one_by_one,
    design_effect,
    measure_scatter,
)
from include.promotion.probation.record import PairedDelivery, PairStatus

pytestmark = pytest.mark.core


def test_rows_weigh_alike(make_delivery):
    found = add_deliveries([make_delivery("2005-06-30", 0.01, rows=3000), make_delivery("2005-07-31", 0.05)])
    assert found.gain.value == pytest.approx(0.02)
    assert (found.looks, found.positives) == (2, 200)


def test_the_error_of_a_sum_falls_with_other_entities_and_not_with_the_same(make_delivery):
    days = ("2005-06-30", "2005-07-31", "2005-08-31", "2005-09-30")
    others = add_deliveries([make_delivery(day) for day in days])
    same = add_deliveries([make_delivery(day, seed=1) for day in days])
    assert others.error == pytest.approx(0.005, rel=0.1)
    assert same.error == pytest.approx(0.01)


def test_what_was_not_measured_adds_nothing(make_delivery):
    waiting = make_delivery("2005-06-30", status=PairStatus.WAITING)
    assert add_deliveries([waiting]) is None
    assert [one.looks for one in add_one_by_one([waiting, make_delivery("2005-07-31")])] == [1]


def test_a_design_effect_is_the_variance_times_that_much(make_delivery):
    one = [make_delivery("2005-06-30", 0.02)]
    plain, wide = add_deliveries(one), add_deliveries(one, 4.0)
    assert wide.error == pytest.approx(2 * plain.error)
    assert wide.z == pytest.approx(plain.z / 2, rel=1e-3)
    interval, wider = plain.interval(0.95), wide.interval(0.95)
    assert wider.high - wider.low == pytest.approx(2 * (interval.high - interval.low))


def spread_over(make_delivery, sd, count=200):
    rng = np.random.default_rng(3)
    days = [f"{2005 + place // 300}-{place // 28 % 12 + 1:02}-{place % 28 + 1:02}" for place in range(count)]
    return [make_delivery(day, gain, 0.01) for day, gain in zip(days, rng.normal(0, sd, count), strict=True)]


def test_deliveries_that_only_chance_parts_have_no_design_effect(make_delivery):
    found = measure_scatter(spread_over(make_delivery, 0.01))
    assert found.deliveries == 200
    assert found.squares / 199 == pytest.approx(1.0, abs=0.25)


def test_days_that_suit_one_model_are_a_design_effect(make_delivery):
    """A shock of the size of the sampling error doubles the variance."""
    found = measure_scatter(spread_over(make_delivery, 0.01 * 2**0.5))
    assert design_effect([found]) == pytest.approx(2.0, abs=0.45)


def test_it_is_not_known_before_twelve_deliveries_and_never_below_one():
    assert design_effect([]) is None
    assert design_effect([Scatter(deliveries=11, squares=99.0)]) is None
    assert design_effect([Scatter(deliveries=6, squares=10.0)] * 2) == pytest.approx(2.0)
    assert design_effect([Scatter(deliveries=12, squares=1.0)]) == 1.0
    assert design_effect([Scatter(deliveries=1, squares=0.0)] * 12) is None, "one delivery has no scatter"


def test_versions_that_predict_alike_have_no_scatter(make_delivery):
    assert measure_scatter([]) == NO_SCATTER
    assert measure_scatter([make_delivery("2005-06-30", 0.0, 0.0)]) == NO_SCATTER


def test_a_record_comes_back_to_the_last_bit(make_delivery):
    for one in (make_delivery("2005-06-30", 0.1), make_delivery("2005-06-30", status=PairStatus.OVERDUE)):
        again = PairedDelivery.from_dict(one.to_dict())
        assert again.to_dict() == one.to_dict()
        assert again.status is one.status
