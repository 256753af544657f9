"""A row of weight w is w rows: in each metric, in its interval, and in what the rows can tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.config.metric_names import EXPECTED_COST, METRICS
from include.config.tasks import TASKS
from include.data.dataset_record import Part
from include.data.targets import TARGETS
from include.data.weights import relative_weights
from include.evaluation.contributions import sum_by_entity
from include.evaluation.interval import contributed_gain, contributed_metric
from include.evaluation.measures import ranking, weighted_ranking
from include.evaluation.metrics import MEASURES
from include.evaluation.spread import measure_spread
from include.evaluation.tasks import EVALUATION_TASKS
from include.evaluation.unseen import stretch
from tests.world.model_config import make_config

pytestmark = pytest.mark.core

CLASSES = ("small", "medium", "large")
CONFIGS = {
    "binary": make_config(),
    "multiclass": make_config(task="multiclass", target={"classes": list(CLASSES)}),
    "regression": make_config(task="regression", target={"quantile": 0.8}),
}
ROWS, ENTITIES = 300, 80


def draw(task, seed, rows=ROWS):
    """Return a target and the answers of two models."""
    rng = np.random.default_rng(seed)
    if task == "regression":
        target = 5 + rng.normal(size=rows)
        return target, *(target + noise * rng.normal(size=rows) for noise in (0.5, 1.0))
    if task == "binary":
        chance = rng.uniform(0.02, 0.98, rows)
        target = (rng.uniform(size=rows) < chance).astype(np.int8)
        return target, np.floor(chance * 5) / 5 + 0.1, np.clip(chance + rng.normal(0, 0.2, rows), 0.01, 0.99)
    target = rng.choice(3, rows, p=(0.5, 0.3, 0.2)).astype(np.int16)
    answers = []
    for strength in (2.0, 1.0):
        odds = rng.normal(size=(rows, 3))
        odds[np.arange(rows), target] += strength
        raised = np.exp(odds)
        answers.append(raised / raised.sum(axis=1, keepdims=True))
    return target, *answers


def groups_of(seed, rows=ROWS):
    return np.random.default_rng([seed, 1]).integers(0, ENTITIES, rows)


@pytest.fixture(autouse=True)
def without_small_sample_factor(monkeypatch):
    """How many rows there are is another thing than what they weigh: n / (n - 1) alone may differ."""
    for module in (ranking, weighted_ranking):
        monkeypatch.setattr(module, "unbias", lambda _: 1.0)


def both_ways(task, seed, weights):
    """Return the same rows twice: with weights, and each of them as often as it weighs."""
    config, groups = CONFIGS[task], groups_of(seed)
    target, *answers = draw(task, seed)
    evaluation, again = EVALUATION_TASKS[task], np.repeat(np.arange(ROWS), weights)
    scale = 0.37  # of euros or of years: no figure may depend on it
    weighed = [evaluation.scored(target, one, groups, config, weights * scale) for one in answers]
    repeated = [evaluation.scored(target[again], one[again], groups[again], config) for one in answers]
    rows = (
        evaluation.count_rows(target, groups, config, weights * scale),
        evaluation.count_rows(target[again], groups[again], config),
    )
    return weighed, repeated, rows


def contributions(name, scored):
    return sum_by_entity(MEASURES[name].influence(scored), scored.groups, ENTITIES)


NAMES = [(task, name) for task in TASKS for name in TASKS[task].metrics]
MEANS = [pair for pair in NAMES if pair[1] != "calibration_error"]
seeds = st.integers(0, 10_000)


def weights_of(seed):
    return np.random.default_rng([seed, 2]).integers(1, 7, ROWS)


@pytest.mark.parametrize(("task", "name"), MEANS)
@settings(max_examples=15)
@given(seed=seeds)
def test_a_row_of_weight_w_is_w_rows(task, name, seed):
    weights = weights_of(seed)
    (one, other), (repeated, repeated_other), rows = both_ways(task, seed, weights)
    evidence, expected_evidence = (found.evidence for found in rows)

    found, expected = contributions(name, one), contributions(name, repeated)
    assert found.value == pytest.approx(expected.value, rel=1e-12)
    np.testing.assert_allclose(found.shares, expected.shares, atol=1e-12)
    assert evidence.everyone.alike == pytest.approx(expected_evidence.everyone.alike, rel=1e-8)
    for label, count in evidence.classes.items():
        assert count.entities == expected_evidence.classes[label].entities
        assert count.alike == pytest.approx(expected_evidence.classes[label].alike, rel=1e-8)

    with_weights = contributed_metric(name, found, evidence, 0.95)
    with_rows = contributed_metric(name, expected, expected_evidence, 0.95)
    assert (with_weights.low, with_weights.high) == pytest.approx((with_rows.low, with_rows.high), rel=1e-9)

    gains = found - contributions(name, other), expected - contributions(name, repeated_other)
    with_weights, with_rows = (
        contributed_gain(name, gain, known, 0.95, parted=ENTITIES)
        for gain, known in zip(gains, (evidence, expected_evidence), strict=True)
    )
    assert (with_weights.low, with_weights.high) == pytest.approx((with_rows.low, with_rows.high), abs=1e-9)
    assert stretch(name, one, other) == pytest.approx(stretch(name, repeated, repeated_other), rel=1e-9)


@settings(max_examples=15)
@given(seed=seeds)
def test_so_it_is_in_the_calibration_error_but_for_where_bins_begin_and_the_noise(seed):
    """Of five distinct scores each is a bin of its own, however many rows there are."""
    weights = weights_of(seed)
    (one, _), (repeated, _), _ = both_ways("binary", seed, weights)
    found, expected = contributions("calibration_error", one), contributions("calibration_error", repeated)
    assert found.value + found.noise == pytest.approx(expected.value + expected.noise, rel=1e-12)
    np.testing.assert_allclose(found.shares, expected.shares, atol=1e-12)


@pytest.mark.parametrize(("task", "name"), NAMES)
def test_equal_weights_are_none(task, name):
    target, answers, _ = draw(task, 5)
    groups, config, evaluation = groups_of(5), CONFIGS[task], EVALUATION_TASKS[task]
    plain = contributions(name, evaluation.scored(target, answers, groups, config))
    weighed = contributions(name, evaluation.scored(target, answers, groups, config, np.full(ROWS, 7.3)))
    assert weighed.value == pytest.approx(plain.value, rel=1e-12)
    np.testing.assert_allclose(weighed.shares, plain.shares, atol=1e-12)


@pytest.mark.parametrize(("task", "name"), NAMES)
def test_an_influence_is_how_the_figure_moves_when_a_row_weighs_a_little_more(task, name):
    if name == "calibration_error":
        pytest.skip("its bins move with the weights; their influence holds them fixed")
    rng = np.random.default_rng(3)
    target, answers, _ = draw(task, 3)
    weights, config, evaluation = rng.lognormal(0, 1, ROWS), CONFIGS[task], EVALUATION_TASKS[task]

    def value(weights):
        return MEASURES[name].influence(evaluation.scored(target, answers, None, config, weights)).value

    found = MEASURES[name].influence(evaluation.scored(target, answers, None, config, weights)).rows
    assert abs(found.mean()) < 1e-9
    for row in rng.choice(ROWS, 8, replace=False):
        step = 1e-6 * weights.sum()
        more, less = weights.copy(), weights.copy()
        more[row], less[row] = weights[row] + step * weights[row], weights[row] - step * weights[row]
        slope = (value(more) - value(less)) / (2 * step * weights[row]) * weights.sum()
        assert found[row] / relative_weights(weights)[row] == pytest.approx(slope, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("task", TASKS)
def test_parts_of_the_rows_weigh_what_they_weigh_alone(task):
    rng = np.random.default_rng(8)
    target, answers, _ = draw(task, 8)
    groups, config, evaluation = groups_of(8), CONFIGS[task], EVALUATION_TASKS[task]
    weights, parts = rng.lognormal(0, 1, ROWS), rng.integers(0, 3, ROWS)
    whole = evaluation.scored(target, answers, groups, config, weights)
    for code, part in enumerate(whole.split(parts, 2)):
        own = parts == code
        alone = evaluation.scored(target[own], answers[own], groups[own], config, weights[own])
        for name in TASKS[task].metrics:
            found, expected = (
                sum_by_entity(MEASURES[name].influence(one), one.groups) for one in (part, alone)
            )
            assert found.value == pytest.approx(expected.value, rel=1e-12)
            held = np.unique(groups[own])
            assert measure_spread(found.shares, len(held)).error == pytest.approx(
                measure_spread(expected.shares, len(held)).error, rel=1e-9
            )


@pytest.mark.parametrize("task", TASKS)
def test_one_row_that_outweighs_all_others_says_nothing(task):
    target, answers, _ = draw(task, 2)
    config, evaluation = CONFIGS[task], EVALUATION_TASKS[task]
    weights = np.ones(ROWS)
    weights[17] = 1e6
    rows = evaluation.count_rows(target, None, config, weights)
    for name in TASKS[task].metrics:
        found = sum_by_entity(
            MEASURES[name].influence(evaluation.scored(target, answers, None, config, weights)), None
        )
        interval = contributed_metric(name, found, rows.evidence, 0.95)
        assert np.isnan(interval.low)
        assert "count as 1.0" in interval.note


@pytest.mark.parametrize("task", TASKS)
def test_what_has_learned_nothing_knows_the_weights_of_training(task):
    target, _, _ = draw(task, 4)
    weights = np.random.default_rng(4).integers(1, 5, ROWS)
    kind, config = TARGETS[task], CONFIGS[task]
    found = kind.describe(target, config, relative_weights(weights.astype(float)))
    repeated = np.repeat(target, weights)
    expected = kind.describe(repeated, config)
    if task == "binary":
        assert Part(rows=ROWS, positives=int(target.sum()), target=found).rate == pytest.approx(
            repeated.mean(), rel=1e-12
        )
    elif task == "multiclass":
        np.testing.assert_allclose(found["shares"], np.array(expected["counts"]) / len(repeated), rtol=1e-12)
    else:
        for name in ("mean", "deviation", "lowest", "highest"):
            assert found[name] == pytest.approx(expected[name], rel=1e-12)
        for name in ("median", "quantile"):
            assert found[name] == pytest.approx(expected[name], abs=0.05)


def test_weights_of_any_size_are_multiples_of_their_mean():
    weights = np.array([1e308, 1e308, 5e307])
    np.testing.assert_allclose(relative_weights(weights), [1.2, 1.2, 0.6])
    np.testing.assert_allclose(relative_weights(np.array([1e-300, 3e-300])), [0.5, 1.5])


def test_every_metric_was_looked_at():
    elsewhere = {EXPECTED_COST}  # test_costs.py
    assert {name for _, name in NAMES} == METRICS.keys() - elsewhere
