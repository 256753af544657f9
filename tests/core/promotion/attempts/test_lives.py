"""A share of ``make bench-gate``: some hundred lives of champions, with limits that chance hardly reaches."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from benchmarks.gate_lives import BUDGETS, CORRELATIONS, EFFECTS, EXAMS, PRODUCT, RIVALS, count, passes, table
from include.evaluation.buckets import BUCKETS, BucketedGain
from include.promotion.attempts.bar import find_bar
from include.promotion.attempts.correlation import measure_correlation

pytestmark = [pytest.mark.core, pytest.mark.no_cover]  # simulations, which measuring slows down most

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


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9, 1.0])
def test_what_is_not_measured_would_have_decided_the_same(correlation, budget):
    """Evidence far from every bar is not worth a correlation; the answer is that of the bar measured."""
    rng = np.random.default_rng(4)
    sums, gains = np.zeros(BUCKETS), []
    for _ in range(6):
        sums = correlation * sums + rng.standard_normal(BUCKETS) * (1.001 - correlation)
        gains.append(BucketedGain(rows=100, total=0.0, sums=sums))
    bar = find_bar(budget, EXAMS, measure_correlation(gains))
    for z in (-1.0, 2.7, 2.85, 3.5, bar - 0.001, bar, bar + 0.001):
        assert passes(z, budget, gains) == (z > bar), z


def test_the_table_shows_goals_and_the_prototype_beside_each_gate():
    names = (*PRODUCT, *RIVALS)
    found = {
        f"{effect}, {rho:g}": {name: [0.5] * 4 for name in names}
        for effect in EFFECTS
        for rho in CORRELATIONS
    }
    lines = table(found).splitlines()
    assert len(lines) == 2 + len(names) * len(CORRELATIONS)
    assert {line.count("|") for line in lines} == {12}
    assert (
        "| budget 0.2 | 0 | 0.5000 | <= 0.2 | .196 | 0.5000 | <= 0.001 | .0018 | 0.50 0.50 0.50 | >= 0.75 |"
        in "\n".join(lines)
    )
