"""How well columns foretell a target: one scale for every task."""

from __future__ import annotations

import numpy as np
import pytest

from include.config.tasks import TASKS
from include.data.power import POWERS

pytestmark = pytest.mark.core


def test_each_task_has_a_power():
    assert POWERS.keys() == TASKS.keys()


def pairs_in_order(target, scores):
    """Return the share by its definition."""
    right = total = 0.0
    for one in range(len(target)):
        for other in range(one):
            sign = np.sign(target[one] - target[other])
            if sign:
                total += 1
                right += (1 + sign * np.sign(scores[one] - scores[other])) / 2
    return right / total


@pytest.mark.parametrize("digits", [15, 1, 0])
def test_the_concordance_index_is_the_share_of_pairs_in_order(digits):
    rng = np.random.default_rng(0)
    target = rng.normal(size=80).round(digits)
    scores = (target + rng.normal(size=80)).round(digits)
    found = POWERS["regression"].agree(target, scores[:, None])
    assert found == pytest.approx(pairs_in_order(target, scores))


def test_of_two_classes_it_is_the_auc():
    rng = np.random.default_rng(1)
    target = (rng.random(200) < 0.3).astype(np.int8)
    scores = (target + rng.normal(size=200)).round(1)[:, None]
    auc = POWERS["binary"].agree(target, scores)
    assert POWERS["regression"].agree(target.astype(np.float64), scores) == pytest.approx(auc)
    both = np.column_stack([-scores, scores])
    assert POWERS["multiclass"].agree(target.astype(np.int16), both) == pytest.approx(auc)


@pytest.mark.parametrize("name", POWERS)
def test_chance_is_a_half_and_the_truth_is_one(name):
    rng, power = np.random.default_rng(2), POWERS[name]
    target = {
        "binary": (rng.random(2_000) < 0.3).astype(np.int8),
        "multiclass": rng.integers(0, 4, 2_000).astype(np.int16),
        "regression": rng.normal(size=2_000),
    }[name]
    truth = power.columns(target).astype(np.float64)
    assert power.agree(target, truth) == pytest.approx(1)
    assert power.agree(target, rng.permutation(truth)) == pytest.approx(0.5, abs=0.03)
    assert power.agree(target, np.ones_like(truth)) == pytest.approx(0.5)


@pytest.mark.parametrize("name", POWERS)
def test_trees_answer_what_is_asked(name):
    rng, power = np.random.default_rng(3), POWERS[name]
    matrix = rng.normal(size=(400, 2))
    target = {
        "binary": (matrix[:, 0] > 0).astype(np.int8),
        "multiclass": np.digitize(matrix[:, 0], [-1, 0, 1]).astype(np.int16),
        "regression": matrix[:, 0] * 3,
    }[name]
    trees = power.build(0).fit(matrix[:200], target[:200])
    assert power.agree(target[200:], power.answer(trees, matrix[200:])) > 0.95
