"""Gains in a metric of the target's unit are shares: the same for minutes and for millions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from include.evaluation.contributions import sum_by_entity
from include.evaluation.gains import find_gain, find_loss
from include.evaluation.influence import gain_of
from include.evaluation.interval import contributed_gain, contributed_metric
from include.evaluation.measures.scored_numbers import ScoredNumbers
from include.evaluation.metrics import MEASURES
from include.evaluation.tasks import EVALUATION_TASKS

pytestmark = pytest.mark.core

UNITS = (1e-9, 1.0, 1e6, 1e12)
METRICS = ("rmse", "mae", "pinball")


def draw(seed: int, rows: int = 400, unit: float = 1.0) -> tuple[ScoredNumbers, ScoredNumbers]:
    """A target with the predictions of a better and of a worse model, in a unit."""
    rng = np.random.default_rng(seed)
    target = 5 + rng.normal(size=rows)
    better, worse = target + 0.9 * rng.normal(size=rows), target + rng.normal(size=rows)
    return ScoredNumbers(target * unit, better * unit), ScoredNumbers(target * unit, worse * unit)


@pytest.mark.parametrize("name", METRICS)
def test_a_gain_is_a_share_of_what_the_other_model_reaches_in_any_unit(name: str) -> None:
    found = []
    for unit in UNITS:
        better, worse = draw(1, unit=unit)
        gain = gain_of(name, better, worse)
        values = [MEASURES[name].influence(one).value for one in (better, worse)]
        assert gain.value == pytest.approx(1 - values[0] / values[1])
        found.append((gain.value, *gain.rows[:5]))
    assert np.allclose(found, found[0], rtol=1e-9)


@pytest.mark.parametrize("name", METRICS)
def test_the_influence_of_a_row_is_how_far_the_share_moves_with_its_weight(name: str) -> None:
    better, worse = draw(2, rows=200)
    gain, step = gain_of(name, better, worse), 1
    for row in range(5):
        rows = np.append(np.arange(len(better)), [row] * step)
        moved = gain_of(name, better.pick(rows), worse.pick(rows)).value - gain.value
        assert moved * (len(rows)) / step == pytest.approx(gain.rows[row], rel=0.05, abs=0.01)


def test_the_interval_of_a_share_holds_the_truth_as_often_as_it_says() -> None:
    held, truth = 0, 1 - 0.9
    for seed in range(400):
        better, worse = draw(seed + 10)
        gain = sum_by_entity(gain_of("rmse", better, worse), None)
        task = EVALUATION_TASKS["regression"]
        evidence = task.count_rows(better.target, None, None).evidence
        found = contributed_gain("rmse", gain, evidence, 0.95, parted=0)
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 400 <= 0.975


@pytest.mark.parametrize("unit", UNITS)
def test_errors_that_are_all_alike_have_no_interval_in_any_unit(unit: float) -> None:
    target = np.random.default_rng(3).normal(size=300) * unit
    scored = ScoredNumbers(target, target + 0.1 * unit)
    evidence = EVALUATION_TASKS["regression"].count_rows(target, None, None).evidence
    for name in METRICS:
        figure = sum_by_entity(MEASURES[name].influence(scored), None)
        assert "the same for every row" in contributed_metric(name, figure, evidence, 0.95).note


@pytest.mark.parametrize("unit", UNITS)
def test_small_errors_have_an_interval_in_any_unit(unit: float) -> None:
    better, _ = draw(4, unit=unit)
    evidence = EVALUATION_TASKS["regression"].count_rows(better.target, None, None).evidence
    for name in METRICS:
        found = contributed_metric(
            name, sum_by_entity(MEASURES[name].influence(better), None), evidence, 0.95
        )
        assert found.low < found.value < found.high
        assert found.high / found.low == pytest.approx(1.17, abs=0.08)


def test_a_flawless_model_has_nothing_to_be_a_share_of() -> None:
    target = np.arange(50.0)
    flawless, other = ScoredNumbers(target, target), ScoredNumbers(target, target + 1)
    assert gain_of("mae", flawless, flawless).value == 0
    assert gain_of("mae", flawless, other).value == 1
    undefined = gain_of("mae", other, flawless)
    assert math.isnan(undefined.value)
    assert not undefined.rows.any()


def test_a_loss_is_a_difference_but_in_the_unit_of_the_target() -> None:
    assert find_loss("roc_auc", 0.8, 0.85) == pytest.approx(0.05)
    assert find_loss("log_loss", 0.4, 0.3) == pytest.approx(0.1)
    assert find_loss("rmse", 12.6, 12.0) == pytest.approx(0.05)
    assert find_loss("rmse", 0.0, 0.0) == 0
    assert find_loss("rmse", 1.0, 0.0) == math.inf


def test_a_gain_in_any_other_metric_is_the_difference() -> None:
    better, worse = draw(5)
    values = [MEASURES["r2"].influence(one) for one in (better, worse)]
    assert find_gain("r2", *values).value == values[0].value - values[1].value
