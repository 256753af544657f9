"""The bar of probation, and when a loss would be seen."""

from __future__ import annotations

import numpy as np
import pytest

from include.promotion.probation.bars import FALSE_ROLLBACKS, rollback_bar, share_below
from include.promotion.probation.power import count_needed, forecast, scale_error, smallest_loss

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("looks", "bar"), [(6, 2.80), (12, 2.92), (13, 2.94), (52, 3.11), (90, 3.20), (365, 3.32)]
)
def test_at_one_in_a_hundred_the_bar_is_that_of_a_hundred_thousand_simulated_years(looks, bar):
    """Simulations of this project, normal theory; each bar has a noise of about 0.01."""
    assert rollback_bar(looks, 0.01) == pytest.approx(bar, abs=0.025)


@pytest.mark.parametrize(("looks", "bar"), [(12, 3.0), (52, 3.2), (365, 3.4)])
def test_the_bar_in_use_is_the_one_that_was_designed_for_a_year(looks, bar):
    assert rollback_bar(looks) == pytest.approx(bar, abs=0.025)
    assert share_below(bar, looks)[-1] == pytest.approx(0.0076, abs=0.0005)


def test_one_look_is_the_quantile_of_the_normal_distribution():
    assert rollback_bar(1, 0.025) == pytest.approx(1.959964, abs=1e-4)
    assert share_below(1.959964, 1) == [pytest.approx(0.025, abs=1e-6)]


def test_looking_at_each_delivery_with_a_plain_interval_rolls_good_models_back():
    assert share_below(1.959964, 12)[-1] == pytest.approx(0.102, abs=0.004)
    assert share_below(1.959964, 365)[-1] == pytest.approx(0.245, abs=0.006)


def test_more_looks_need_a_higher_bar_and_no_look_goes_uncounted():
    bars = [rollback_bar(looks) for looks in range(1, 20)]
    assert bars == sorted(bars)
    assert len(set(bars)) == len(bars)
    shares = share_below(3.0, 12)
    assert len(shares) == 12
    assert shares == sorted(shares)


def test_the_recursion_agrees_with_a_simulation():
    rng = np.random.default_rng(1)
    sums = rng.standard_normal((200_000, 6)).cumsum(axis=1) / np.sqrt(np.arange(1, 7))
    found = (sums < -2.0).any(axis=1).mean()
    assert share_below(2.0, 6)[-1] == pytest.approx(found, abs=0.0015)
    losing = ((sums - 0.8 * np.sqrt(np.arange(1, 7))) < -2.5).any(axis=1).mean()
    assert share_below(2.5, 6, loss=0.8)[-1] == pytest.approx(losing, abs=0.004)


@pytest.mark.parametrize(("looks", "rate"), [(0, 0.01), (-1, 0.01), (3, 0.0), (3, 1.0)])
def test_no_look_or_no_share_is_an_error(looks, rate):
    with pytest.raises(ValueError, match="expected at least one, and a share"):
        rollback_bar(looks, rate)


@pytest.mark.parametrize(
    ("looks", "loss"),
    [
        (1, 5.0),
        (6, 1.6),
        (6, 3.9),
        (12, 1.57),
        (12, 2.22),
        (12, 2.72),
        (12, 3.84),
        (52, 1.12),
        (52, 2.02),
        (90, 0.5),
        (90, 4.24),
    ],
)
def test_the_delivery_that_is_named_has_the_power_that_is_named(looks, loss):
    needed = count_needed(loss, 1.0, looks)
    shares = share_below(rollback_bar(looks), looks, loss=loss)
    assert needed <= looks
    assert shares[needed - 1] >= 0.8
    assert needed < 3 or shares[needed - 3] < 0.87, "it is not named late"


def test_a_loss_is_in_the_unit_of_its_error():
    assert count_needed(0.01, 0.005, 12) == count_needed(2.0, 1.0, 12)
    assert count_needed(10.0, 1.0, 6) == 1
    with pytest.raises(ValueError, match="above 0"):
        count_needed(0.0, 1.0, 6)


def test_the_smallest_loss_is_the_one_that_the_last_look_sees():
    smallest = smallest_loss(0.004, 6)
    assert count_needed(smallest * 1.0001, 0.004, 6) == 6
    assert count_needed(smallest * 0.98, 0.004, 6) == 7


def test_a_third_of_the_rows_has_more_noise_than_all():
    assert scale_error(0.01, rows=1_000, per_delivery=4_000) == pytest.approx(0.005)


def make_forecast(**changes):
    fields = {
        "loss": 0.02, "error": 0.01, "deliveries": 6, "newest": "2005-06-30", "pace": 30.5, "delay_days": 31,
    }  # fmt: skip
    return forecast("roc_auc", **{**fields, **changes})


def test_a_forecast_names_delivery_and_date():
    found = make_forecast()
    assert found.needed == 4
    assert found.known_on == "2005-11-30"
    assert found.to_text().startswith(
        "a loss of 0.02 in roc_auc would be seen with a power of 0.8 by labelled delivery number 4, around "
        "2005-11-30; probation lasts 6 labelled deliveries and sees 0.0152 or more"
    )


def test_a_loss_that_probation_is_too_short_for_is_said():
    found = make_forecast(loss=0.005)
    assert found.needed > 6
    assert "raise probation.deliveries" in found.to_text()


def test_a_date_that_nobody_knows_is_left_out():
    assert make_forecast(pace=None).known_on == ""
    assert "around" not in make_forecast(pace=None).to_text()
    assert make_forecast(pace=3e6).known_on == ""


def test_the_promised_share_leaves_room_for_rows_that_are_not_normal():
    assert FALSE_ROLLBACKS < 0.01
