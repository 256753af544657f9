"""At either side of the switch a set of rows is measured alike, and the same is decided."""

from __future__ import annotations

import math

import numpy as np
import pytest

from include.config.tasks import TASKS
from include.data.dataset_record import Part
from include.evaluation import compare
from include.monitoring.performance import evaluate_window
from include.promotion.gate import decide

pytestmark = pytest.mark.core
TRAINED = Part(rows=10, positives=3)

ROWS = 20_000
SE = 1.96


@pytest.fixture
def config(make_config):
    return make_config(
        gate={"floors": {"roc_auc": 0.6, "log_loss": 0.9, "brier": 0.3}, "slices": {"min_rows": 1_000}}
    )


@pytest.fixture(scope="module")
def test_set(tmp_path_factory, write_rows):
    rng = np.random.default_rng(0)
    odd = [None if row % 50 == 0 else f"={row % 3}" for row in range(ROWS)]
    age = [None if row % 70 == 0 else float(rng.integers(18, 80)) for row in range(ROWS)]
    return write_rows(
        tmp_path_factory.mktemp("switch") / "test.parquet",
        rows=ROWS,
        customer_id=np.arange(ROWS) // 3,
        marital_status=odd,
        age=age,
    )


@pytest.fixture(scope="module")
def target(test_set):
    import pyarrow.parquet as pq

    return pq.read_table(test_set)["defaulted"].to_numpy()


def draw(target, skill, seed):
    common = np.random.default_rng(0).normal(0, 1, len(target))
    own = np.random.default_rng(seed).normal(0, 1, len(target))
    return 1 / (1 + np.exp(1 - skill * target - common - 0.5 * own))


def either_side(monkeypatch, module, work):
    """Return what comes out of rows that are too few for the switch, and of the same that are too many."""
    found = []
    for limit in (ROWS, ROWS - 1):
        monkeypatch.setattr(module, "STREAMED_FROM", limit)
        found.append(work())
    return found


def assert_alike(exact, streamed, what):
    """Hold a value to 2 % of its standard error, and its interval to the noise of 1,024 buckets: 2.2 %.

    The calibration error may differ by 5 %: rows next to the end of one of its bins may lie in the other.
    """
    if math.isnan(exact.value):
        assert math.isnan(streamed.value), what
        return
    assert math.isnan(exact.low) == math.isnan(streamed.low), what
    if exact.high == exact.low:
        assert streamed == exact, what
    elif not math.isnan(exact.low):
        error = (exact.high - exact.low) / 2 / SE
        share = 0.05 if "calibration_error" in what else 0.02
        assert abs(streamed.value - exact.value) < share * error, what
        assert streamed.high - streamed.low == pytest.approx(exact.high - exact.low, rel=0.12), what


@pytest.mark.parametrize(("skill", "decision"), [(1.3, "promote"), (1.0, "reject"), (0.0, "reject")])
def test_an_evaluation_and_what_the_gate_decides(monkeypatch, test_set, config, target, skill, decision):
    scores, others = draw(target, skill, 1), draw(target, 1.0, 2)

    def work():
        return compare.evaluate(test_set, scores, others, config, {"version": "1"}, trained=TRAINED)

    exact, streamed = either_side(monkeypatch, compare, work)
    assert decide(exact, config).decision == decide(streamed, config).decision == decision
    assert (exact.rows, exact.positives) == (streamed.rows, streamed.positives)
    assert streamed.entities == pytest.approx(exact.entities, rel=1e-3)
    for part in ("candidate", "champion", "gains", "over_trivial"):
        ours, theirs = getattr(exact, part), getattr(streamed, part)
        assert ours.keys() == theirs.keys()
        for name in ours:
            assert_alike(ours[name], theirs[name], (part, name))
    assert [(one.name, one.rows, one.positives, one.note) for one in exact.slices] == [
        (one.name, one.rows, one.positives, one.note) for one in streamed.slices
    ]
    assert any(one.note for one in exact.slices)
    for one, other in zip(exact.slices, streamed.slices, strict=True):
        if not one.note:
            assert other.candidate == pytest.approx(one.candidate, abs=1e-4)
            assert other.champion == pytest.approx(one.champion, abs=1e-4)
            assert_alike(one.gain, other.gain, (one.name,))
    assert exact.bucketed.keys() == streamed.bucketed.keys()
    for name, one in exact.bucketed.items():
        other = streamed.bucketed[name]
        assert (one.rows, other.total / other.rows) == (other.rows, pytest.approx(one.value, abs=1e-5))
        assert np.abs(other.sums - one.sums).max() < 0.01 * np.abs(one.sums).max()


def test_a_candidate_without_a_champion(monkeypatch, test_set, config, target):
    exact, streamed = either_side(
        monkeypatch,
        compare,
        lambda: compare.evaluate(test_set, draw(target, 1.0, 1), None, config, trained=TRAINED),
    )
    assert streamed.champion is streamed.gains is streamed.bucketed is None
    assert decide(exact, config).decision == decide(streamed, config).decision == "promote"


def test_a_window(monkeypatch, config, target):
    scores = draw(target, 1.0, 1)
    exact, streamed = either_side(
        monkeypatch, evaluate_window, lambda: evaluate_window._measure(target, scores, config, None)
    )
    assert exact.keys() == streamed.keys() == set(TASKS["binary"].metrics)
    for name in TASKS["binary"].metrics:
        assert_alike(exact[name], streamed[name], (name,))


def test_a_set_without_enough_positives_is_as_inconclusive(monkeypatch, test_set, config, target):
    scarce = np.zeros(ROWS, dtype=np.int8)
    scarce[::5_000] = 1
    exact, streamed = either_side(
        monkeypatch,
        evaluate_window,
        lambda: evaluate_window._measure(scarce, draw(target, 1.0, 1), config, None),
    )
    for name in TASKS["binary"].metrics:
        assert exact[name].note == streamed[name].note != ""


def test_a_model_that_hardly_ever_decides_otherwise_than_the_larger_class(
    monkeypatch, test_set, config, target
):
    """Four rows say nothing about its accuracy, at either side."""
    scores = np.minimum(draw(target, 1.0, 1), 0.45)
    scores[[10, 5_000, 9_000, 15_000]] = 0.9
    exact, streamed = either_side(
        monkeypatch, compare, lambda: compare.evaluate(test_set, scores, None, config, trained=TRAINED)
    )
    note = "only 4 entities are decided differently, 10 needed"
    assert exact.over_trivial["accuracy"].note == streamed.over_trivial["accuracy"].note == note
