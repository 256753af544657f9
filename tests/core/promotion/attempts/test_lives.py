"""A share of ``make bench-gate``: some hundred lives of champions, with limits that chance hardly reaches."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from benchmarks.gate_lives import BUDGETS, PRODUCT, count

pytestmark = pytest.mark.core

LIVES = 150
RARE = 1e-4  # how often a limit would be missed by chance; the draws are fixed


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_luck_replaces_no_more_champions_than_the_budget_allows(correlation):
    found = count(("null", correlation, 0), LIVES)
    for name, budget in PRODUCT.items():
        assert found[name][-1] <= binom.ppf(1 - RARE, LIVES, budget), name
        if not correlation:
            assert found[name][-1] >= binom.ppf(RARE, LIVES, 0.8 * budget), f"{name} is kept, and not used"
    assert found["z > 1.96"][-1] > binom.ppf(RARE, LIVES, 0.15), "the lives have lost their teeth"


def test_a_gain_of_two_standard_errors_is_found_within_three_exams():
    found = count(("better", 0.0, 2), LIVES)
    for name in PRODUCT:
        assert found[name][1] >= binom.ppf(RARE, LIVES, 0.75), name
    assert found["Bonferroni .05"][1] <= binom.ppf(1 - RARE, LIVES, 0.5)


def test_a_worse_candidate_is_hardly_ever_promoted():
    found = count(("worse", 0.0, 3), LIVES)
    for budget in BUDGETS[:2]:
        assert found[f"budget {budget:g}"][-1] <= binom.ppf(1 - RARE, LIVES, 0.001)
