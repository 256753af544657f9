"""Every task is whole, and its metrics are the library's, with intervals that hold the truth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from sklearn import metrics as library

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.data.dataset_record import Part
from include.data.targets import TARGETS
from include.evaluation.contributions import sum_by_entity
from include.evaluation.interval import contributed_metric
from include.evaluation.metrics import MEASURES
from include.evaluation.tasks import EVALUATION_TASKS
from include.evaluation.trivial import gain_over_trivial
from include.training.predictors import PREDICTORS

pytestmark = pytest.mark.core

CLASSES = ("small", "medium", "large", "huge")
QUANTILE = 0.8


class World(NamedTuple):
    """A task with rows that can be drawn, and what the library says of them."""

    task: str
    draw: object
    reference: dict


def draw_numbers(rng, rows, groups):
    shared = rng.normal(size=rows)[groups]
    target = 5 + rng.normal(size=rows)
    return target, target + 0.5 * shared + 0.5 * rng.normal(size=rows)


def draw_classes(rng, rows, groups):
    target = rng.choice(4, rows, p=(0.5, 0.25, 0.15, 0.1)).astype(np.int16)
    odds = rng.normal(size=(rows, 4)) + 0.5 * rng.normal(size=(rows, 4))[groups]
    odds[np.arange(rows), target] += 1.5
    raised = np.exp(odds)
    return target, raised / raised.sum(axis=1, keepdims=True)


def auc(average):
    return lambda target, scores: library.roc_auc_score(target, scores, multi_class="ovr", average=average)


def decided(function, **options):
    return lambda target, scores: function(target, scores.argmax(axis=1), **options)


NUMBERS = World(
    task="regression",
    draw=draw_numbers,
    reference={
        "rmse": library.root_mean_squared_error,
        "mae": library.mean_absolute_error,
        "r2": library.r2_score,
        "pinball": lambda target, found: library.mean_pinball_loss(target, found, alpha=QUANTILE),
        "mape": library.mean_absolute_percentage_error,
    },
)
FOUR_CLASSES = World(
    task="multiclass",
    draw=draw_classes,
    reference={
        "log_loss": library.log_loss,
        "roc_auc_macro": auc("macro"),
        "roc_auc_weighted": auc("weighted"),
        "accuracy": decided(library.accuracy_score),
        "balanced_accuracy": decided(library.balanced_accuracy_score),
        "f1_macro": decided(library.f1_score, average="macro"),
    },
)
CASES = [(world, name) for world in (NUMBERS, FOUR_CLASSES) for name in world.reference]
named = pytest.mark.parametrize(("world", "name"), CASES, ids=[name for _, name in CASES])


@pytest.fixture
def config_of(make_config):
    def config_of(world):
        target = {"quantile": QUANTILE} if world.task == "regression" else {"classes": CLASSES}
        found = make_config()
        return found.model_copy(update={"task": world.task, "target": found.target.model_copy(update=target)})

    return config_of


def measured(world, name, config, target, scores, groups):
    task = EVALUATION_TASKS[world.task]
    scored = task.scored(target, scores, groups, config)
    found = sum_by_entity(MEASURES[name].influence(scored), groups)
    return found, scored, task.count_rows(target, groups, config)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_known_to_every_layer_under_its_name(name):
    assert EVALUATION_TASKS[name].facts is TASKS[name]
    assert TARGETS[name].name == PREDICTORS[name].name == name
    facts = TASKS[name]
    assert set(facts.metrics) <= METRICS.keys() & MEASURES.keys()
    assert facts.must_beat in facts.trivial.keys() <= set(facts.metrics)


def test_no_metric_is_without_a_task():
    named = {name for facts in TASKS.values() for name in facts.metrics_with(costs=True)}
    assert named == METRICS.keys() == MEASURES.keys()


@named
def test_its_value_is_the_librarys(world, name, config_of):
    rng = np.random.default_rng(3)
    target, scores = world.draw(rng, 500, np.arange(500) // 5)
    found, *_ = measured(world, name, config_of(world), target, scores, np.arange(500) // 5)
    assert found.value == pytest.approx(world.reference[name](target, scores))


@named
def test_the_influence_is_the_derivative_by_the_weight_of_a_row(world, name, config_of):
    """By definition: a row repeated moves the metric by its influence over the number of rows."""
    rng, rows = np.random.default_rng(4), 2_000
    target, scores = world.draw(rng, rows, np.arange(rows))
    task, config = EVALUATION_TASKS[world.task], config_of(world)
    found = MEASURES[name].influence(task.scored(target, scores, None, config))
    assert found.rows.mean() == pytest.approx(0, abs=1e-9)
    for row in rng.choice(rows, 5, replace=False):
        twice = np.append(np.arange(rows), row)
        again = MEASURES[name].influence(task.scored(target[twice], scores[twice], None, config)).value
        assert (again - found.value) * rows == pytest.approx(found.rows[row], rel=0.02, abs=0.01)


@named
def test_its_interval_holds_the_truth(world, name, config_of):
    rng, rows, config = np.random.default_rng(3), 500, config_of(world)
    large = np.arange(100_000) // 5
    truth = measured(world, name, config, *world.draw(rng, 100_000, large), large)[0].value
    groups, held, tries = np.arange(rows) // 5, 0, 150
    for _ in range(tries):
        found, _, known = measured(world, name, config, *world.draw(rng, rows, groups), groups)
        one = contributed_metric(name, found, known.evidence, 0.95)
        held += one.low <= truth <= one.high
    assert held >= 0.88 * tries


@named
def test_parts_add_nothing_and_lose_nothing(world, name, config_of):
    """A slice is measured as if there were nothing else."""
    rng, rows, config = np.random.default_rng(5), 400, config_of(world)
    target, scores = world.draw(rng, rows, np.arange(rows) // 2)
    scored = EVALUATION_TASKS[world.task].scored(target, scores, np.arange(rows) // 2, config)
    parts = rng.integers(0, 3, rows)
    for part, found in enumerate(scored.split(parts, 2)):
        chosen = parts == part
        assert len(found) == chosen.sum()
        alone = EVALUATION_TASKS[world.task].scored(target[chosen], scores[chosen], None, config)
        assert MEASURES[name].influence(found).value == pytest.approx(MEASURES[name].influence(alone).value)


@named
def test_a_model_that_has_learned_something_beats_the_trivial_one_and_a_shuffled_one_does_not(
    world, name, config_of
):
    rng, rows, config = np.random.default_rng(6), 600, config_of(world)
    groups = np.arange(rows) // 2
    target, scores = world.draw(rng, rows, groups)
    if name == "pinball":
        scores = scores + 0.6  # what it asks for is a high quantile
    trained = Part(rows=rows, positives=0, target=TARGETS[world.task].describe(target, config))
    gains = []
    for answers in (scores, rng.permutation(scores)):
        found, scored, known = measured(world, name, config, target, answers, groups)
        gains.append(
            gain_over_trivial(
                name, found, scored, known,
                task=EVALUATION_TASKS[world.task], trained=trained, confidence=0.95,
            )
        )  # fmt: skip
    assert gains[0].low > 0
    assert not gains[1].low > 0


def test_a_class_without_rows_is_left_out_and_one_class_alone_says_nothing(config_of):
    config, task = config_of(FOUR_CLASSES), EVALUATION_TASKS["multiclass"]
    rng = np.random.default_rng(7)
    target, scores = draw_classes(rng, 300, np.arange(300))
    target = np.where(target == 3, 2, target).astype(np.int16)
    for name in ("roc_auc_macro", "balanced_accuracy"):
        assert np.isfinite(MEASURES[name].influence(task.scored(target, scores, None, config)).value)
        alone = task.scored(np.ones(300, dtype=np.int16), scores, None, config)
        assert np.isnan(MEASURES[name].influence(alone).value)
    assert "one class in all of its 300 rows" in task.explain_target(np.ones(300))


def test_a_percentage_of_nothing_is_not_defined(config_of):
    task, config = EVALUATION_TASKS["regression"], config_of(NUMBERS)
    scored = task.scored(np.array([0.0, 1.0]), np.array([1.0, 1.0]), None, config)
    assert np.isnan(MEASURES["mape"].influence(scored).value)
    assert np.isfinite(MEASURES["mae"].influence(scored).value)


def test_targets_that_are_all_the_same_have_no_variance_to_explain(config_of):
    config = config_of(NUMBERS)
    target = np.full(1_000, 0.1)
    found, *_ = measured(NUMBERS, "r2", config, target, target + np.arange(1_000), np.arange(1_000))
    assert np.isnan(found.value)


def draw_rare(rng, counts, recalls):
    """Return rows of classes of which such shares are predicted right: the last class is rare."""
    target = np.repeat(np.arange(len(counts)), counts).astype(np.int16)
    right = rng.random(len(target)) < np.array(recalls)[target]
    said = np.where(right, target, (target + rng.integers(1, len(counts), len(target))) % len(counts))
    return target, 0.8 * np.eye(len(counts))[said] + 0.2 / len(counts)


@pytest.mark.parametrize("counts", [(800, 600, 400, 15), (200, 200, 100, 12)])
def test_a_class_of_few_rows_that_are_all_right_hides_no_spread(counts, config_of):
    rng, config, recalls = np.random.default_rng(6), config_of(FOUR_CLASSES), (0.8, 0.8, 0.8, 0.95)
    above, tries, groups = 0, 150, np.arange(sum(counts))
    for _ in range(tries):
        target, scores = draw_rare(rng, counts, recalls)
        found, _, known = measured(FOUR_CLASSES, "balanced_accuracy", config, target, scores, groups)
        above += contributed_metric("balanced_accuracy", found, known.evidence, 0.95).low > np.mean(recalls)
    assert above <= 0.06 * tries


@pytest.mark.parametrize("name", ["roc_auc_macro", "balanced_accuracy", "f1_macro"])
def test_a_flawless_mean_over_classes_is_as_sure_as_the_rarest_class_allows(name, config_of):
    """Were 1 of 5 rows of a class of 12 wrong, none would be seen in 7 of a hundred samples."""
    config, counts = config_of(FOUR_CLASSES), (1_000, 1_000, 1_000, 12)
    target, scores = draw_rare(np.random.default_rng(7), counts, (1, 1, 1, 1))
    found, _, known = measured(FOUR_CLASSES, name, config, target, scores, np.arange(len(target)))
    one = contributed_metric(name, found, known.evidence, 0.9)
    assert found.value == 1
    assert one.low < 1 - (0.2 / 4)


def test_a_flawless_mean_by_share_is_as_sure_as_the_rows_besides_the_largest_class(config_of):
    config = config_of(FOUR_CLASSES)
    lows = []
    for counts in ((3_000, 12, 12, 12), (1_000, 1_000, 500, 536)):
        target, scores = draw_rare(np.random.default_rng(7), counts, (1, 1, 1, 1))
        found, _, known = measured(
            FOUR_CLASSES, "roc_auc_weighted", config, target, scores, np.arange(len(target))
        )
        lows.append(contributed_metric("roc_auc_weighted", found, known.evidence, 0.95).low)
    few_others, balanced = lows
    assert few_others < 0.93
    assert balanced > 0.995


@pytest.mark.parametrize("weighted", [False, True])
def test_no_constant_has_a_smaller_share_of_error_than_the_one_that_a_model_must_beat(weighted, config_of):
    """The median has: rows with small targets count for more."""
    rng, config = np.random.default_rng(8), config_of(NUMBERS)
    target = rng.lognormal(sigma=1.5, size=2_001) * rng.choice([-1, 1, 1], 2_001)
    weights = rng.uniform(0.1, 3, len(target)) if weighted else None
    found = TARGETS["regression"].describe(target, config, weights)

    def error(constant):
        return np.average(np.abs((target - constant) / target), weights=weights)

    least = min(error(constant) for constant in (*np.quantile(target, np.linspace(0, 1, 500)), 0.0))
    assert error(found["middle_share"]) <= least + 1e-9
    assert error(found["median"]) > 1.5 * least
