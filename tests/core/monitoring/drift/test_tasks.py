"""Predictions of each task are compared: numbers in their span, classes by share and probability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.config.tasks import TASKS
from include.errors import DataError
from include.monitoring.drift.check import check_drift
from include.monitoring.drift.report import DriftReport
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.histogram.counts import Counts
from include.monitoring.profile.build import build_profile
from include.monitoring.profile.count_file import count_file
from include.monitoring.profile.profile import Profile
from include.monitoring.slices.drift import check_group_drift, group_drift_cells
from include.monitoring.slices.profile import build_group_profile
from include.monitoring.tasks import MONITORED_TASKS
from include.monitoring.tasks.multiclass import MOST_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core

ROWS = 6_000
CLASSES = ("small", "medium", "large", "huge")


def config_of(make_config: Callable[..., ModelConfig], task: str, classes: tuple[str, ...]) -> ModelConfig:
    found = make_config()
    target = found.target.model_copy(update={"classes": classes})
    return found.model_copy(update={"task": task, "target": target})


def draw_classes(seed: int, classes: int = 4, lean: float = 0.0) -> np.ndarray:
    """Probabilities of some classes; more of the first one with a lean."""
    odds = np.random.default_rng(seed).normal(size=(ROWS, classes)) + np.linspace(1, 0, classes)
    odds[:, 0] += lean
    raised = np.exp(odds)
    return raised / raised.sum(axis=1, keepdims=True)


def draw_numbers(seed: int, unit: float, lean: float = 0.0) -> np.ndarray:
    return (100 + lean + 10 * np.random.default_rng(seed).normal(size=ROWS)) * unit


@pytest.fixture(scope="module")
def build(
    tmp_path_factory: pytest.TempPathFactory, write_rows: Any, make_config: Any
) -> Callable[..., tuple[ModelConfig, Path, Profile]]:
    """Return a function that builds the profile of a task whose model gave some answers in training."""

    def build(
        task: str, scores: np.ndarray, classes: tuple[str, ...] = ()
    ) -> tuple[ModelConfig, Path, Profile]:
        config = config_of(make_config, task, classes)
        path = write_rows(tmp_path_factory.mktemp("train") / "train.parquet", rows=ROWS, seed=5)
        table = pq.read_table(path)
        target = pa.array(np.resize(classes, ROWS)) if classes else pa.array(np.zeros(ROWS))
        if task != "binary":
            table = table.set_column(table.schema.get_field_index("defaulted"), "defaulted", target)
            pq.write_table(table, path)
        return config, path, build_profile(path, config, scores)

    return build


def check(built: tuple[ModelConfig, Path, Profile], scores: np.ndarray) -> DriftReport:
    config, path, profile = built
    return check_drift(profile, count_file(path, profile, scores), config.monitoring.drift)


def test_every_task_says_how_its_predictions_are_monitored() -> None:
    assert list(MONITORED_TASKS) == list(TASKS)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_numbers_shift_by_a_share_of_what_trainings_span_in_any_unit(build: Any, unit: float) -> None:
    built = build("regression", draw_numbers(1, unit))
    report, same = check(built, draw_numbers(2, unit, lean=5)), check(built, draw_numbers(3, unit))
    assert report.shift == pytest.approx(
        5 / 46.5, rel=0.1
    )  # 98 % of a normal distribution span 4.65 deviations
    assert "of the span of training's predictions" in write_verdict(report).summary
    assert (report.decision, same.decision) == ("impactful drift", "no drift")
    shifted = next(one for one in report.predictions.results if one.statistic == "span_shift")
    assert (shifted.effect, shifted.status) == (pytest.approx(report.shift), "drifted")


def test_a_batch_of_other_classes_is_found_by_share_and_by_probability(build: Any) -> None:
    built = build("multiclass", draw_classes(1), CLASSES)
    report, same = check(built, draw_classes(2, lean=0.8)), check(built, draw_classes(3))
    assert (report.decision, same.decision) == ("impactful drift", "no drift")
    assert report.shift_of == "small"
    assert report.shift == pytest.approx(
        draw_classes(2, lean=0.8)[:, 0].mean() - draw_classes(1)[:, 0].mean(), abs=0.01
    )
    assert [one.statistic for one in report.predictions.results] == ["psi"]
    assert next(one.label for one in report.probabilities) == "predictions, probability of small"
    assert "the mean probability of small changed by +" in write_verdict(report).summary
    assert DriftReport.from_dict(report.to_dict()) == report


def test_a_small_move_of_a_probability_is_seen_before_a_class_changes_hands(build: Any) -> None:
    built = build("multiclass", draw_classes(1), CLASSES)
    moved = 0.7 * draw_classes(1) + 0.3 * np.eye(4)[draw_classes(1).argmax(axis=1)]
    assert (moved.argmax(axis=1) == draw_classes(1).argmax(axis=1)).all()
    report = check(built, moved)
    assert report.predictions.status == "no drift"
    assert report.decision == "impactful drift"


def test_a_model_that_knows_its_training_data_has_not_drifted_when_it_knows_no_more(build: Any) -> None:
    certain, softer = np.eye(4)[draw_classes(1).argmax(axis=1)], draw_classes(2)
    learned = 0.98 * certain + 0.02 / 4
    later = 0.6 * np.eye(4)[softer.argmax(axis=1)] + 0.4 * learned.mean(axis=0)
    report = check(build("multiclass", learned, CLASSES), later)
    means = dict(zip(CLASSES, (later - learned).mean(axis=0), strict=True))
    assert report.shift == pytest.approx(means[report.shift_of], abs=0.004)
    assert report.decision == "no drift"


def test_a_class_that_was_never_predicted_is_a_change_of_definition(build: Any) -> None:
    never = draw_classes(1)
    never[:, 3] = 0
    built = build("multiclass", never / never.sum(axis=1, keepdims=True), CLASSES)
    (change,) = check(built, draw_classes(2)).predictions.changes
    assert "never seen in training" in change


def test_of_300_classes_the_most_probable_are_followed(build: Any) -> None:
    names = tuple(f"class {number:03}" for number in range(300))
    scores = draw_classes(1, classes=300)
    _, _, profile = built = build("multiclass", scores, names)
    assert len(profile.probabilities) == MOST_CLASSES
    assert len(profile.to_json().encode()) < 1_500_000
    assert check(built, draw_classes(2, classes=300)).decision == "no drift"
    assert check(built, draw_classes(2, classes=300, lean=4)).shift_of == "class 000"


def test_counts_of_parts_add_up_and_travel(build: Any) -> None:
    scores = draw_classes(1)
    _, path, profile = build("multiclass", scores, CLASSES)
    table, half = pq.read_table(path), ROWS // 2
    parts = [profile.count(table[:half], scores[:half]), profile.count(table[half:], scores[half:])]
    whole, again = count_file(path, profile, scores), Counts.from_json(parts[0].to_json()).merge(parts[1])
    assert again.to_json() == whole.to_json() == profile.reference.to_json()
    assert Profile.from_json(profile.to_json()).to_json() == profile.to_json()


def test_answers_of_another_shape_are_refused(build: Any) -> None:
    _, path, profile = build("multiclass", draw_classes(1), CLASSES)
    with pytest.raises(DataError, match=r"\(6000,\) scores .* one for each row and class"):
        count_file(path, profile, draw_numbers(1, 1.0))


@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_a_group_whose_predictions_drifted_is_named(build: Any, task: str) -> None:
    classes = CLASSES if task == "multiclass" else ()
    drawn = {
        "regression": (draw_numbers(1, 1.0), draw_numbers(2, 1.0), draw_numbers(3, 1.0, lean=15)),
        "multiclass": (draw_classes(1), draw_classes(2), draw_classes(3, lean=2)),
    }[task]
    config, path, profile = build(task, drawn[0], classes)
    sex = np.array(pq.read_table(path)["sex"].fill_null("?").to_pylist())
    scores = drawn[1].copy()
    scores[sex == "2"] = drawn[2][sex == "2"]
    groups = [build_group_profile(path, config, profile, one) for one in (drawn[0], scores)]
    report = check_group_drift(profile, *groups, config.monitoring.drift)
    assert report.groups[0].name == "sex=2"
    assert {"sex=2": "drifted", "sex=1": "no drift"}.items() <= {
        one.name: one.finding for one in report.groups
    }.items()
    cells = next(iter(group_drift_cells(report)))
    assert cells[4] == ("-" if classes else cells[4])
    assert classes or cells[4].startswith("+15.")
