"""The scales on which intervals are symmetric."""

from __future__ import annotations

import math

import pytest

from include.evaluation.scale import LOG_ODDS, LOGARITHM, PLAIN

pytestmark = pytest.mark.core


def test_a_difference_reaches_as_far_to_either_side() -> None:
    assert PLAIN.around(0.25, 0.125) == (0.125, 0.375)


def test_log_odds_are_moved_by_the_slope_at_the_figure() -> None:
    low, high = LOG_ODDS.around(0.8, 0.08)  # half a unit of log odds, whose slope is 1 / (0.8 x 0.2)
    assert math.log(low / (1 - low)) == pytest.approx(math.log(4) - 0.5)
    assert math.log(high / (1 - high)) == pytest.approx(math.log(4) + 0.5)
    assert LOG_ODDS.around(0.2, 0.08) == (pytest.approx(1 - high), pytest.approx(1 - low))


def test_a_logarithm_is_moved_by_the_share_of_the_figure() -> None:
    assert LOGARITHM.around(0.2, 0.05) == (
        pytest.approx(0.2 * math.exp(-0.25)),
        pytest.approx(0.2 * math.exp(0.25)),
    )


@pytest.mark.parametrize("value", [1e-9, 0.5, 1 - 1e-9])
def test_however_far_it_reaches_the_ends_stay_in_the_range(value: float) -> None:
    low, high = LOG_ODDS.around(value, 1e9)
    assert 0 <= low < 1e-300
    assert high == 1
    low, high = LOGARITHM.around(value, 1e9)
    assert 0 < low < 1e-300
    assert 1e290 < high < math.inf


@pytest.mark.parametrize("reach", [0.0, 1e-15, 0.1])
def test_a_figure_at_the_very_end_of_its_range_is_moved_by_no_row(reach: float) -> None:
    """What seems to is rounding, and where log odds and logarithm are not defined."""
    assert LOG_ODDS.around(1.0, reach) == (1, 1)
    assert LOG_ODDS.around(0.0, reach) == (0, 0)
    assert LOGARITHM.around(0.0, reach) == (0, 0)


@pytest.mark.parametrize("value", [0.1, 0.3, 0.7, 0.999])
def test_what_reaches_nowhere_is_the_figure_to_the_last_bit(value: float) -> None:
    for scale in (LOG_ODDS, LOGARITHM, PLAIN):
        assert scale.around(value, 0.0) == (value, value)
