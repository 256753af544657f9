"""The expected cost of decisions: against a literal loop, its threshold, its trivial model, its estimate."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.config.gate_schema import Costs
from include.config.tasks import TASKS
from include.data.weights import relative_weights
from include.evaluation.evidence import count_rows
from include.evaluation.measured import count_parted, measure_model, subtract
from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import MEASURES
from include.evaluation.plots.cost_curve import cost_at_thresholds, draw_costs
from include.evaluation.tasks.binary import over_trivial
from include.monitoring.performance.estimate_without_labels import estimate_performance

pytestmark = pytest.mark.core

COSTS = Costs(false_positive=1.0, false_negative=4.0)
NAME = "expected_cost"


def rows(seed: int = 0, size: int = 2_000) -> tuple[np.ndarray, np.ndarray]:
    """Labels that are as likely as the scores say."""
    chance = np.random.default_rng(seed)
    scores = chance.beta(1, 4, size)
    return (chance.random(size) < scores).astype(np.int8), scores


def literally(target: np.ndarray, scores: np.ndarray, costs: Costs, weights: np.ndarray | None) -> float:
    each = np.ones(len(target)) if weights is None else weights
    spent = 0.0
    for label, score, weight in zip(target, scores, each, strict=True):
        decided = int(score > costs.false_positive / (costs.false_positive + costs.false_negative))
        if decided and not label:
            spent += weight * costs.false_positive
        if label and not decided:
            spent += weight * costs.false_negative
    return float(spent / each.sum())


@pytest.mark.hypothesis
@given(
    seed=st.integers(0, 10_000),
    ratio=st.floats(0.01, 100),
    weighted=st.booleans(),
)
def test_it_is_the_mean_of_what_each_row_costs(seed: int, ratio: float, weighted: bool) -> None:
    target, scores = rows(seed, 60)
    costs = Costs(false_positive=2.0, false_negative=2.0 * ratio)
    weights = np.random.default_rng(seed).uniform(0.5, 3, 60) if weighted else None
    found = MEASURES[NAME].influence(Scored(target, scores, None, weights, costs=costs))
    assert found.value == pytest.approx(literally(target, scores, costs, weights))
    assert found.rows.sum() == pytest.approx(0, abs=1e-9)
    if weights is not None:
        assert relative_weights(weights).mean() == pytest.approx(1)


@pytest.mark.parametrize(("positive", "negative"), [(1, 1), (1, 4), (9, 1), (1, 1_000_000), (0.002, 0.001)])
def test_no_other_threshold_costs_less_where_scores_are_true(positive: float, negative: float) -> None:
    """Elkan's threshold, in expectation over labels: a sum over rows that is smallest decided row by row."""
    costs = Costs(false_positive=positive, false_negative=negative)
    _, scores = rows(3)
    per_row = [
        np.where(scores > cut, (1 - scores) * positive, scores * negative).mean()
        for cut in (0, costs.threshold * 0.9, costs.threshold, costs.threshold * 1.1, 1)
    ]
    assert min(per_row) == pytest.approx(per_row[2])
    assert per_row[2] == pytest.approx(np.minimum((1 - scores) * positive, scores * negative).mean())


def test_both_costs_times_ten_are_ten_times_the_cost_and_the_same_gain() -> None:
    target, scores = rows()
    worse = np.clip(scores + np.random.default_rng(1).normal(0, 0.2, len(scores)), 0, 1)
    found = []
    for scale in (1, 10):
        costs = Costs(false_positive=scale, false_negative=4 * scale)
        one, other = (
            measure_model(Scored(target, said, None, costs=costs), metrics=(NAME,))
            for said in (scores, worse)
        )
        found.append((one.metrics[NAME].value, subtract(NAME, one, other).value))
    assert found[1][0] == pytest.approx(10 * found[0][0])
    assert found[1][1] == pytest.approx(found[0][1]), "a gain is a share of what the other model costs"


@pytest.mark.parametrize(("negative", "all_cost"), [(4.0, "none"), (40.0, "all")])
def test_the_trivial_model_decides_what_is_cheaper_for_everybody(negative: float, all_cost: str) -> None:
    target, scores = rows()
    costs = Costs(false_positive=1.0, false_negative=negative * (1 - target.mean()) / target.mean() / 10)
    scored = Scored(target, scores, np.arange(len(target)), costs=costs)
    found = measure_model(scored, len(target), (NAME,)).metrics[NAME]
    entities = count_rows(target, np.arange(len(target)), None)
    trained = SimpleNamespace(rate=float(target.mean()))
    gain = over_trivial(NAME, found, scored, entities, trained)  # type: ignore[arg-type]
    decide_none = float(target.mean()) * costs.false_negative
    decide_all = float(1 - target.mean()) * costs.false_positive
    cheaper = min(decide_none, decide_all)
    assert (cheaper == decide_none) == (all_cost == "none")
    assert gain.gain.value == pytest.approx(1 - found.value / cheaper)
    assert gain.parted > 0


def test_models_part_where_the_costs_part_them() -> None:
    """Scores on both sides of 0.2, where 1 begins to be cheaper; none of them on both sides of 0.5."""
    target = np.array([0, 1] * 20, dtype=np.int8)
    low, high = (Scored(target, np.full(40, score), None, costs=COSTS) for score in (0.1, 0.3))
    assert count_parted(NAME, low, high) == 40
    assert count_parted("accuracy", low, high) == 0
    assert count_parted(NAME, low, high, np.arange(7)) == 7


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_expected_without_labels(weighted: bool) -> None:
    """The estimate is the mean over labels that come as the scores say."""
    _, scores = rows(5, 4_000)
    chance = np.random.default_rng(6)
    weights = chance.uniform(0.2, 3, len(scores)) if weighted else None
    found = estimate_performance(scores, [NAME], costs=COSTS, weights=weights)[NAME]
    lives = [
        MEASURES[NAME]
        .influence(
            Scored((chance.random(len(scores)) < scores).astype(np.int8), scores, None, weights, costs=COSTS)
        )
        .value
        for _ in range(200)
    ]
    assert found.value == pytest.approx(np.mean(lives), rel=0.02)
    assert np.mean([found.low <= one <= found.high for one in lives]) > 0.9


def test_the_curve_passes_through_the_metric() -> None:
    target, scores = rows(8, 500)
    scores = scores.round(2)  # many are equal
    for weights in (None, np.random.default_rng(9).uniform(0.5, 3, 500)):
        cuts, cost = cost_at_thresholds(target, scores, COSTS, weights)
        for at in (0, len(cuts) // 2, -1):
            ratio = 1e9 if cuts[at] == 0 else (1 - cuts[at]) / cuts[at]
            other = Costs(false_positive=1.0, false_negative=max(ratio, 1e-9))
            decided = scores > cuts[at]
            spent = np.where(decided & (target == 0), 1.0, np.where(~decided & (target == 1), 4.0, 0.0))
            assert other.threshold == pytest.approx(cuts[at], abs=1e-8)
            assert cost[at] == pytest.approx(np.average(spent, weights=weights))
    assert draw_costs(target, {"candidate": scores}, COSTS).axes[0].get_ylabel() == "mean cost of a row"


def test_nobody_has_it_without_costs() -> None:
    target, scores = rows()
    assert np.isnan(MEASURES[NAME].influence(Scored(target, scores)).value)
    for task, costs in product(TASKS.values(), (False, True)):
        assert (NAME in task.metrics_with(costs=costs)) == (costs and task.name == "binary")
