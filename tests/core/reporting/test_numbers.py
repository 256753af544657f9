"""Numbers of any magnitude read well."""

from __future__ import annotations

import pytest

from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.figures import (
    show_gain,
    show_gain_interval,
    show_limit,
    show_margin,
    show_value,
    show_value_interval,
)
from include.reporting.numbers import show_exactly, show_number, show_share, show_share_exactly

pytestmark = pytest.mark.core

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"), (1234567.4, "1,234,567"), (0.0000123, "0.00001230"), (-3.14159, "-3.142"),
        (12.3, "12.30"), (999.96, "1,000.0"), (2.5e-9, "2.500e-09"), (7e18, "7.000e+18"), (NAN, "nan"),
    ],
)  # fmt: skip
def test_a_measured_number_has_four_digits_that_are_worth_reading(value: float, shown: str) -> None:
    assert show_number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (12.3, "12.3"),
        (1234567.0, "1,234,567"),
        (0.0000123, "0.0000123"),
        (1e20, "1e+20"),
        (10.0, "10"),
    ],
)
def test_a_number_that_was_written_down_is_not_rounded(value: float, shown: str) -> None:
    assert show_exactly(value) == shown


def test_shares_are_percent() -> None:
    assert (show_share(0.02134, "+"), show_share(-0.5), show_share(NAN)) == ("+2.13 %", "-50.00 %", "nan")
    assert (show_share_exactly(0.02), show_share_exactly(0.0125), show_share_exactly(0.07)) == (
        "2 %", "1.25 %", "7 %",
    )  # fmt: skip


def test_figures_in_the_unit_of_the_target_have_its_magnitude_and_their_gains_are_shares() -> None:
    assert show_value("rmse", 1234567.8) == "1,234,568"
    assert show_gain("rmse", 0.0213) == "+2.13 %"
    assert show_limit("rmse", 1234567.0) == "1,234,567"
    assert show_margin("rmse", 0.02) == "2 %"
    found = ConfidenceInterval(value=12.345, low=11.9, high=12.8)
    assert show_value_interval("mae", found) == "12.35 [11.90, 12.80]"


def test_other_figures_have_four_decimals() -> None:
    assert show_value("roc_auc", 0.84123) == "0.8412"
    assert show_gain("roc_auc", 0.0041) == "+0.0041"
    assert show_gain("roc_auc", 0.0041, "") == "0.0041"
    assert (show_limit("log_loss", 0.3), show_margin("roc_auc", 0.02)) == ("0.3", "0.02")
    assert show_value("roc_auc", NAN) == "not defined"
    few = ConfidenceInterval(value=0.1, low=NAN, high=NAN, note="only 3 entities")
    assert show_gain_interval("roc_auc", few) == "+0.1000 (inconclusive: only 3 entities)"
