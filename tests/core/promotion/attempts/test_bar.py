"""The bar: reference figures, what moves it, and that it simulates the rule that the gate applies."""

from __future__ import annotations

import time

import numpy as np
import pytest

from include.evaluation.buckets import BUCKETS
from include.promotion.attempts import bar as module
from include.promotion.attempts.bar import Lives, find_bar
from include.promotion.attempts.evidence import find_evidence
from include.promotion.attempts.exam import Exam
from include.promotion.attempts.kept import find_kept
from tests.core.promotion.gains import make_gain

pytestmark = pytest.mark.core

BUDGETS = (0.05, 0.10, 0.20)


@pytest.mark.parametrize(
    ("exams", "correlation", "expected"),
    [
        (6, 0.0, (2.71, 2.44, 2.12)),
        (12, 0.0, (3.02, 2.76, 2.48)),
        (24, 0.0, (3.28, 3.05, 2.78)),
    ],
)
def test_bars_are_those_of_the_prototype(exams, correlation, expected):
    found = [find_bar(budget, exams, correlation) for budget in BUDGETS]
    assert found == pytest.approx(expected, abs=0.035)


@pytest.mark.parametrize(("correlation", "expected"), [(0.3, 3.22), (0.5, 3.18), (0.7, 3.04)])
def test_correlated_exams_take_less(correlation, expected):
    assert find_bar(0.05, 24, correlation) == pytest.approx(expected, abs=0.045)


def test_a_correlation_does_not_lower_the_bar_to_where_worse_models_pass():
    """Of lives in which candidates are one standard error worse, one in a thousand ends with one of them."""
    for correlation in (0.3, 0.6, 0.9):
        bar = find_bar(0.1, 24, correlation)
        lives = Lives(correlation, 50_000, seed=5, effect=-1.0)
        highest = np.max([lives.sit() for _ in range(24)], axis=0)
        assert np.mean(highest > bar) <= 0.0015
    assert find_bar(0.05, 24, 0.9) > 2.8  # which luck alone would take
    assert find_bar(0.2, 24, 0.9) == find_bar(0.2, 24)


def test_one_exam_takes_what_a_single_test_does():
    assert find_bar(0.025, 1) == pytest.approx(1.96, abs=0.04)


def test_the_bar_moves_with_each_setting_and_never_the_wrong_way():
    assert find_bar(0.05, 24) > find_bar(0.1, 24) > find_bar(0.5, 24)
    assert find_bar(0.1, 25) >= find_bar(0.1, 24) > find_bar(0.1, 6)
    assert find_bar(0.1, 24, challenger=False) < find_bar(0.1, 24)
    bars = [find_bar(0.05, 24, step / 10) for step in range(10)]
    assert bars == sorted(bars, reverse=True)


def test_a_correlation_is_rounded_to_the_side_of_the_higher_bar():
    assert find_bar(0.05, 24, 0.549) == find_bar(0.05, 24, 0.5) > find_bar(0.05, 24, 0.55)
    assert find_bar(0.1, 24, 1.0) == find_bar(0.1, 24, module.HIGHEST)
    assert find_bar(0.1, 24, -0.3) == find_bar(0.1, 24)


def test_it_is_the_same_each_time_and_takes_no_time_the_second():
    first = find_bar(0.07, 17)
    began = time.perf_counter()
    assert find_bar(0.07, 17) == first
    assert time.perf_counter() - began < 0.05
    module._simulate_highest.cache_clear()
    assert find_bar(0.07, 17) == first


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_lives_follow_the_rule_that_the_gate_applies(correlation):
    """Exams of the product's own objects, with the same noise, give the same evidence exam by exam.

    New noise stands at a right angle to all that was before, so that standard errors of sums are exact.
    """
    lives = Lives(correlation, 20, seed=3)
    exams: list[list[Exam]] = [[] for _ in range(20)]
    axes: list[dict[str, np.ndarray]] = [{} for _ in range(20)]
    fresh = [iter(_right_angles()) for _ in range(20)]
    for at in range(12):
        found = lives.sit()
        for life in range(20):
            history = exams[life]
            kept = find_kept(history)
            noise = _next(axes[life].get("candidate"), correlation, fresh[life])
            axes[life]["candidate"] = noise
            gain = make_gain(float(lives.candidate[life]), 1.0, noise=noise)
            sat = None
            if kept is not None:
                own = _next(axes[life][kept.run], correlation, fresh[life])
                axes[life][kept.run] = own
                sat = make_gain(float(lives.own[life]), 1.0, noise=own)
            evidence = find_evidence(gain, [one.gain for one in history], 0.0, kept=kept, challenger_gain=sat)
            assert evidence[0].z == pytest.approx(found[life], abs=0.02)
            exam = Exam(
                candidate=f"run{at}", training_key=f"k{at}", as_of="", started=at, test_digest=f"t{at}",
                metric="roc_auc", min_gain=0.0, gain=gain, challenger=kept.run if kept else None,
                challenger_gain=sat,
            )  # fmt: skip
            history.append(exam)
            axes[life][exam.candidate] = noise


def _right_angles():
    """Return noise by bucket, of length 1 and mean 0, each at a right angle to the others."""
    random = np.random.default_rng(0).standard_normal((BUCKETS, 40))
    random[:, 0] = 1.0
    return np.linalg.qr(random)[0].T[1:]


def _next(before, correlation, fresh):
    """Return the noise of the next exam in each bucket, of length 1."""
    new = next(fresh)
    return new if before is None else correlation * before + np.sqrt(1 - correlation**2) * new
