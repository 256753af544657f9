"""Performance without labels where rows have weights: the estimate is that of the weighted metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from include.config.tasks import TASKS
from include.evaluation.measures.scored import Scored
from include.evaluation.measures.scored_classes import ScoredClasses
from include.evaluation.measures.scored_numbers import ScoredNumbers
from include.evaluation.metrics import MEASURES
from include.monitoring.performance.calibration import fit_calibration
from include.monitoring.performance.class_calibration import fit_class_calibration
from include.monitoring.performance.estimate_without_labels import estimate_performance
from include.monitoring.performance.estimators import ESTIMATORS
from include.monitoring.performance.estimators.base import Delivery
from include.monitoring.performance.expected_classes import expect_classes
from include.monitoring.performance.expected_metrics import Ranks, expect
from include.monitoring.performance.loss_learning import learn_losses
from tests.core.monitoring.performance.test_estimators import CLASSES, draw_classes

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core

ESTIMATED = sorted(set(TASKS["binary"].metrics) - {"calibration_error"})
BY_CLASS = TASKS["multiclass"].metrics


def relative(weights: np.ndarray) -> np.ndarray:
    found: np.ndarray = weights / weights.mean()
    return found


def world(seed: int, rows: int = 1_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, labels and weights: heavy rows have high scores and are positive less often than they say."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-0.5, 1.2, rows)
    weights = np.exp(0.7 * odds + rng.normal(0, 0.5, rows))
    labels = (rng.random(rows) < 1 / (1 + np.exp(0.8 * (weights > 1) - odds))).astype(np.int8)
    return 1 / (1 + np.exp(-odds)), labels, weights


@pytest.mark.parametrize("name", ESTIMATED)
def test_certain_labels_give_the_weighted_metric_itself(name: str) -> None:
    scores, labels, weights = world(1)
    scores = scores.round(2)
    order = np.argsort(scores, kind="stable")
    found = expect(
        name, scores[order], labels[order].astype(float), Ranks(scores[order], relative(weights[order]))
    )
    measured = MEASURES[name].influence(Scored(labels, scores, None, weights))
    assert found.value == pytest.approx(measured.value, rel=1e-9)


@pytest.mark.parametrize("name", ESTIMATED)
def test_slopes_say_how_a_label_moves_a_weighted_figure(name: str) -> None:
    rng = np.random.default_rng(2)
    scores, weights = np.sort(rng.random(40)).round(1), relative(rng.lognormal(size=40))
    chances, ranks = rng.random(40), Ranks(scores, weights)
    found = expect(name, scores, chances, ranks)
    for row in (0, 17, 39):
        up, down = chances.copy(), chances.copy()
        up[row], down[row] = chances[row] + 1e-6, chances[row] - 1e-6
        slope = (expect(name, scores, up, ranks).value - expect(name, scores, down, ranks).value) / 2e-6
        assert found.slopes[row] == pytest.approx(slope, rel=1e-4, abs=1e-8)


def test_a_row_of_weight_two_is_two_rows_to_what_is_expected() -> None:
    rng = np.random.default_rng(3)
    scores, chances = np.sort(rng.random(50)), rng.random(50)
    twice = rng.integers(1, 3, 50)
    for name in ("log_loss", "brier", "accuracy"):
        weighted = expect(name, scores, chances, Ranks(scores, relative(twice.astype(float))))
        repeated, likely = np.repeat(scores, twice), np.repeat(chances, twice)
        assert weighted.value == pytest.approx(expect(name, repeated, likely, Ranks(repeated)).value)


@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_intervals_hold_the_weighted_metric_and_units_of_weights_do_not_matter(scale: float) -> None:
    """Taken by row, calibration and estimate miss the weighted metric; units make no difference."""
    held, by_row, runs = dict.fromkeys(ESTIMATED, 0), 0, 100 if scale == 1 else 3
    for seed in range(runs):
        scores, labels, weights = world(1_000 + seed, 2_000)
        learned = fit_calibration(scores, labels, scale * weights)
        plain = fit_calibration(scores, labels)
        scores, labels, weights = world(5_000 + seed)
        found = estimate_performance(scores, ESTIMATED, weights=scale * weights, calibration=learned)
        missed = estimate_performance(scores, ["log_loss"], calibration=plain)["log_loss"]
        for name, one in found.items():
            real = MEASURES[name].influence(Scored(labels, scores, None, weights)).value
            held[name] += one.low <= real <= one.high
            by_row += name == "log_loss" and missed.low <= real <= missed.high
    assert min(held.values()) >= 0.87 * runs, held
    assert sum(held.values()) / len(held) >= 0.92 * runs, held
    assert by_row < 0.8 * runs or runs < 100


def test_a_calibration_of_equal_weights_is_that_of_rows() -> None:
    scores, labels, _ = world(4)
    plain, weighted = fit_calibration(scores, labels), fit_calibration(scores, labels, np.full(1_000, 0.3))
    for name in ("cuts", "scores", "positives", "rows"):
        assert getattr(weighted, name) == pytest.approx(getattr(plain, name))
    skew = fit_calibration(scores, labels, np.where(np.arange(1_000) % 2, 1.0, 1e-9))
    assert sum(skew.rows) == pytest.approx(500, rel=1e-3)


@pytest.fixture
def classes(make_config: Callable[..., ModelConfig]) -> ModelConfig:
    found = make_config()
    target = found.target.model_copy(update={"classes": CLASSES})
    return found.model_copy(update={"task": "multiclass", "target": target})


@pytest.mark.parametrize("name", BY_CLASS)
def test_certain_classes_give_the_weighted_metric_itself_and_slopes_move_it(name: str) -> None:
    rng = np.random.default_rng(5)
    scores, target = draw_classes(rng, 300)
    weights = relative(rng.lognormal(size=300))
    found = expect_classes(name, scores, np.eye(4)[target], weights)
    measured = MEASURES[name].influence(ScoredClasses(target, scores, None, weights))
    assert found.value == pytest.approx(measured.value, rel=1e-9)
    chances, moved = scores.copy(), scores.copy()
    moved[7] += 1e-6 * np.array([1.0, -1.0, 0.0, 0.0])
    before, after = (expect_classes(name, scores, one, weights) for one in (chances, moved))
    slope = before.slopes[7, 0] - before.slopes[7, 1]
    assert (after.value - before.value) / 1e-6 == pytest.approx(slope, rel=1e-3, abs=1e-7)


def test_intervals_of_classes_hold_the_weighted_metric(classes: ModelConfig) -> None:
    held, runs = dict.fromkeys(BY_CLASS, 0), 60
    for run in range(runs):
        rng = np.random.default_rng(run)
        scores, target = draw_classes(rng, 2_000, bold=1.5)
        weights = rng.lognormal(0, 0.5, 2_000) * (1 + (scores.argmax(axis=1) == 0))
        learned = fit_class_calibration(scores, target, weights).to_dict()
        scores, target = draw_classes(rng, 1_000, bold=1.5, lean=0.5)
        weights = rng.lognormal(0, 0.5, 1_000) * (1 + (scores.argmax(axis=1) == 0))
        found = ESTIMATORS["multiclass"].estimate(Delivery(scores, weights=weights), learned, classes, None)
        for name, one in found.items():
            real = MEASURES[name].influence(ScoredClasses(target, scores, None, weights)).value
            held[name] += one.low <= real <= one.high
    assert sum(held.values()) / len(held) >= 0.85 * runs, held


def test_a_calibration_of_classes_with_equal_weights_is_that_of_rows() -> None:
    scores, target = draw_classes(np.random.default_rng(6), 2_000, bold=2.0)
    plain = fit_class_calibration(scores, target)
    weighted = fit_class_calibration(scores, target, np.full(2_000, 7.0))
    assert weighted.power == pytest.approx(plain.power)
    assert weighted.power_variance == pytest.approx(plain.power_variance)
    for ours, theirs in zip(weighted.factors + weighted.found, plain.factors + plain.found, strict=True):
        assert ours == pytest.approx(theirs)


def numbers(rng: np.random.Generator, rows: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Features, targets, predictions and weights: heavy rows are those that are hard to foretell."""
    features = pd.DataFrame({"x": rng.normal(size=rows), "where": rng.choice(["a", "b"], rows)})
    predicted = 3 * features["x"].to_numpy()
    spread = np.exp(0.5 * features["x"].to_numpy())
    return features, predicted + spread * rng.normal(size=rows), predicted, spread


def test_losses_are_expected_by_weight() -> None:
    held = {"rmse": 0, "mae": 0}
    for run in range(6):
        rng = np.random.default_rng(run)
        features, target, predicted, weights = numbers(rng, 2_000)
        learned = learn_losses(
            features, target, predicted, np.arange(2_000), weights=weights, quantile=0.5, seed=1
        )
        assert learned is not None
        features, target, predicted, weights = numbers(rng, 1_000)
        found, by_row = learned.expect(features, predicted, weights), learned.expect(features, predicted)
        for name in held:
            real = MEASURES[name].influence(ScoredNumbers(target, predicted, None, weights)).value
            value, spread = found[name]
            held[name] += abs(value - real) <= spread.reach(0.95)
            assert by_row[name][0] < 0.9 * value
    assert min(held.values()) >= 4, held
