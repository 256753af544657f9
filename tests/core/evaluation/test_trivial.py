from __future__ import annotations

import numpy as np
import pytest

from include.config.tasks import TASKS
from include.data.dataset_record import Part
from include.evaluation.contributions import sum_by_entity
from include.evaluation.evidence import FEWEST_ENTITIES, count_rows
from include.evaluation.interval import interval
from include.evaluation.measures.base import mean_influence
from include.evaluation.measures.ranking import expected_precision
from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import MEASURES
from include.evaluation.tasks import EVALUATION_TASKS
from include.evaluation.trivial import gain_over_trivial

pytestmark = pytest.mark.core
TRIVIAL = TASKS["binary"].trivial


def compare(name, target, scores, groups=None, base_rate=0.3, confidence=0.95):
    groups = np.arange(len(target)) if groups is None else groups
    scored = Scored(target, scores, groups)
    return gain_over_trivial(
        name,
        sum_by_entity(MEASURES[name].influence(scored), groups),
        scored,
        count_rows(target, groups),
        task=EVALUATION_TASKS["binary"],
        trained=Part(rows=1_000_000, positives=round(1_000_000 * base_rate)),
        confidence=confidence,
    )


@pytest.mark.parametrize("name", TRIVIAL)
def test_a_good_model_is_better_for_sure(name):
    rng = np.random.default_rng(0)
    target = (rng.random(1_000) < 0.3).astype(np.int8)
    scores = np.clip(0.3 + 0.4 * (target - 0.3) + rng.normal(0, 0.05, 1_000), 0, 1)
    assert compare(name, target, scores).low > 0


@pytest.mark.parametrize("name", TRIVIAL)
@pytest.mark.parametrize("rows", [60, 300])
def test_a_reversed_model_is_never_better(name, rows):
    rng = np.random.default_rng(1)
    target = (rng.random(rows) < 0.4).astype(np.int8)
    scores = np.clip(0.5 - 0.3 * (target - 0.5) + rng.normal(0, 0.05, rows), 0, 1)
    found = compare(name, target, scores)
    assert found.high < 0 or found.note or name == "average_precision"
    assert not found.low > 0


def test_the_expected_precision_of_a_random_order_is_exact():
    from sklearn.metrics import average_precision_score

    orders = np.random.default_rng(2).permuted(np.tile([1] * 5 + [0] * 25, (4_000, 1)), axis=1)
    precision = orders.cumsum(axis=1) / np.arange(1, 31)
    drawn = (precision * orders).sum(axis=1) / 5
    for order, average in zip(orders[:20], drawn, strict=False):
        assert average == pytest.approx(average_precision_score(order, -np.arange(30)))
    assert expected_precision(5 / 30, 30) == pytest.approx(drawn.mean(), abs=0.005)
    assert expected_precision(0.1, 1_000_000) == pytest.approx(0.1, abs=1e-4)
    assert expected_precision(1.0, 30) == 1.0


def test_rows_of_one_entity_count_once():
    rng = np.random.default_rng(3)
    target, noise = (rng.random(100) < 0.4).astype(np.int8), rng.random(100)
    scores = np.clip(0.4 + 0.1 * target + 0.5 * (noise - 0.5), 0, 1)
    alone = compare("roc_auc", target, scores)
    again = compare("roc_auc", np.repeat(target, 8), np.repeat(scores, 8), np.repeat(np.arange(100), 8))
    assert again.value == pytest.approx(alone.value)
    assert again.low == pytest.approx(alone.low, abs=0.01)


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("name", TRIVIAL)
@pytest.mark.parametrize("rows", [1, 2, 50])
def test_one_class_tells_nothing_and_breaks_nothing(name, label, rows):
    found = compare(name, np.full(rows, label, dtype=np.int8), np.linspace(0, 1, rows))
    assert f"{FEWEST_ENTITIES} needed" in found.note
    assert not found.low > 0


def test_few_entities_with_many_rows_tell_nothing():
    target = np.tile(np.array([0, 1], dtype=np.int8), 500)
    found = compare("roc_auc", target, 0.3 + 0.4 * target, np.repeat(np.arange(5), 200))
    assert found.note == (
        "only 5 entities with a positive label and 5 entities with a negative label, 10 needed"
    )


def test_an_interval_is_students_for_independent_rows():
    from scipy import stats

    values = np.random.default_rng(4).normal(1, 1, 5_000)
    found = interval(mean_influence(values), np.arange(5_000), 0.95)
    low, high = stats.t.interval(0.95, 4_999, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-5)


def test_where_one_entity_carries_the_variance_the_interval_is_wide():
    values = np.zeros(100)
    values[0] = 1.0
    found = interval(mean_influence(values), np.arange(100), 0.95)
    assert found.low < -0.03  # a normal quantile would end at -0.01


def test_a_low_confidence_does_not_switch_the_rule_off():
    rng = np.random.default_rng(5)
    target, scores = (rng.random(200) < 0.4).astype(np.int8), rng.random(200)
    low, usual, high = (compare("roc_auc", target, scores, confidence=level) for level in (0.51, 0.95, 0.999))
    assert low == usual
    assert high.low < usual.low
