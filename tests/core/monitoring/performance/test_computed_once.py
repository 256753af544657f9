"""What is known is read again, and only what follows from the very same inputs is known."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from include.config.tasks import TASKS
from include.evaluation.confidence_interval import ConfidenceInterval
from include.monitoring.performance import computed_once, estimate_without_labels, evaluate_window
from include.monitoring.performance.calibration import Calibration, fit_calibration
from include.monitoring.performance.computed_once import FORMAT, digest_inputs, intervals_once
from include.monitoring.performance.estimate_without_labels import estimate_performance

pytestmark = pytest.mark.core

NAMES = ("roc_auc", "brier")


class Shelf(dict):
    """A memory that keeps what JSON can hold, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = 0

    def recall(self, key: str) -> Any:
        return json.loads(self[key]) if key in self else None

    def keep(self, key: str, content: Any) -> None:
        self.kept += 1
        self[key] = json.dumps(content, allow_nan=False)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def scores() -> np.ndarray:
    return np.random.default_rng(0).random(800)


def test_the_second_time_is_read_and_gives_the_same_to_the_last_digit(shelf, scores, monkeypatch):
    first = estimate_performance(scores, NAMES, memory=shelf)
    assert first == estimate_performance(scores, NAMES)
    monkeypatch.setattr(estimate_without_labels, "expect", lambda *_: pytest.fail("computed again"))
    assert estimate_performance(scores.copy(), NAMES, memory=shelf) == first
    assert shelf.kept == 1


@pytest.mark.parametrize(
    "change",
    [
        {"confidence": 0.9},
        {"metrics": ("roc_auc",)},
        {"calibration": Calibration(cuts=(), scores=(0.5,), positives=(3,), rows=(9,))},
        {"scores": 1 - np.random.default_rng(0).random(800)},
        {"scores": np.nextafter(np.random.default_rng(0).random(800), 1)},
        {"scores": np.random.default_rng(0).random(799)},
    ],
    ids=str,
)
def test_whatever_bears_on_it_is_computed_anew(shelf, scores, change):
    usual: dict[str, Any] = {"scores": scores, "metrics": NAMES}
    for given in (usual, {**usual, **change}):
        arguments = dict(given)
        estimate_performance(arguments.pop("scores"), arguments.pop("metrics"), memory=shelf, **arguments)
    assert shelf.kept == 2


def test_code_that_changed_finds_nothing_of_before(shelf, scores, monkeypatch):
    estimate_performance(scores, NAMES, memory=shelf)
    monkeypatch.setattr(computed_once, "_source_digest", lambda module: f"another {module}")
    estimate_performance(scores, NAMES, memory=shelf)
    assert shelf.kept == 2


def test_the_order_of_settings_is_none_of_its_inputs(scores):
    one, other = ({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert digest_inputs({"s": scores}, one, ()) == digest_inputs({"s": scores}, other, ())
    assert digest_inputs({"s": scores}, one, ()) != digest_inputs({"t": scores}, one, ())


@pytest.mark.parametrize(
    "kept",
    [None, [], "x", {}, {"format": FORMAT}, {"format": FORMAT + 1, "intervals": {}},
     {"format": FORMAT, "intervals": {"roc_auc": {"worth": 1}}}, {"format": FORMAT, "intervals": [1]}],
    ids=str,
)  # fmt: skip
def test_what_this_code_does_not_know_is_computed_again(shelf, kept):
    def compute():
        return {"roc_auc": ConfidenceInterval(value=0.7, low=0.6, high=float("nan"))}

    inputs: dict[str, Any] = {"arrays": {}, "settings": {}, "modules": ()}
    shelf[digest_inputs(**inputs)] = json.dumps(kept)
    found = intervals_once(shelf, compute, **inputs)
    assert found["roc_auc"].value == 0.7
    again = intervals_once(shelf, lambda: pytest.fail("computed again"), **inputs)
    assert again["roc_auc"].low == 0.6
    assert np.isnan(again["roc_auc"].high)


def test_a_window_is_measured_once_until_a_label_or_a_setting_changes(shelf, scores, make_config):
    config = make_config()
    target = (np.random.default_rng(1).random(800) < scores).astype(np.int8)

    def measure(target=target, scores=scores, config=config):
        return evaluate_window._measure(target, scores, config, shelf)

    first = measure()
    assert set(first) == set(TASKS["binary"].metrics)
    assert measure() == first
    assert shelf.kept == 1
    corrected = target.copy()
    corrected[5] = 1 - corrected[5]
    assert measure(target=corrected) != first
    measure(scores=1 - scores)
    measure(config=make_config(monitoring={"performance": {"confidence": 0.9}}))
    assert shelf.kept == 4
    measure(config=make_config(monitoring={"performance": {"max_drop": 0.2}}))
    measure(config=make_config(split={"seed": 99}))
    assert shelf.kept == 4, "a threshold is held against the same figures, and nothing is drawn"


def test_calibrations_are_told_apart_by_every_number(scores):
    target = (scores > 0.5).astype(np.int8)
    one = fit_calibration(scores, target)
    other = dataclasses.replace(one, positives=(one.positives[0] + 1, *one.positives[1:]))
    assert one.to_dict() != other.to_dict()
