"""The calibration error without what noise adds, and an interval that holds 0 for a calibrated model."""

from __future__ import annotations

import numpy as np
import pytest

from include.evaluation.evidence import count_evidence
from include.evaluation.influence import measure_influence
from include.evaluation.interval import contributed_metric, metric_interval
from include.evaluation.measured import measure_model
from include.evaluation.measures.calibration import _measure_errors, _remove_noise, weigh_bins
from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import measure

pytestmark = pytest.mark.core

NAME = "calibration_error"


def drawn(rng, rows, off=0.0):
    """Return labels, and scores that say so much too much."""
    chances = 1 / (1 + np.exp(1.4 - 1.2 * rng.normal(size=rows)))
    return (rng.random(rows) < chances).astype(np.int8), np.clip(chances + off, 0, 1)


def interval(target, scores):
    found = measure_influence(NAME, target, scores)
    return metric_interval(NAME, found, target, np.arange(len(target)), 0.95)


def test_rates_that_are_met_exactly_are_no_error():
    scores = np.repeat([0.1, 0.5, 0.9], 100)
    target = np.concatenate([np.repeat([1, 0], [share, 100 - share]) for share in (10, 50, 90)])
    assert measure(NAME, target.astype(np.int8), scores) == pytest.approx(0, abs=1e-12)


def test_the_error_that_is_seen_is_that_of_bins_of_equal_mass():
    target = np.array([0, 1] * 15, dtype=np.int8)
    scores = np.arange(30) / 30
    pairs = scores.reshape(15, 2).mean(axis=1)  # 15 bins: two rows each, one of them positive
    found = measure_influence(NAME, target, scores)
    assert found.value + found.noise == pytest.approx(np.abs(pairs - 0.5).mean())
    assert found.indistinct


@pytest.mark.parametrize("levels", [1, 2, 5, 40])
def test_equal_scores_never_part(levels):
    rng = np.random.default_rng(levels)
    scores = rng.integers(1, levels + 1, 600) / (levels + 1)
    target = (rng.random(600) < scores).astype(np.int8)  # bins err to either side
    cuts = np.unique(np.quantile(scores, np.linspace(0, 1, 16)[1:-1]))
    bins = np.searchsorted(cuts, scores, side="left")
    found = measure_influence(NAME, target, scores)
    expected = np.abs(np.bincount(bins, weights=scores - target)).sum() / 600
    assert found.value + found.noise == pytest.approx(expected, rel=1e-12)
    shuffled = rng.permutation(600)
    again = measure_influence(NAME, target[shuffled], scores[shuffled])
    assert again.value == pytest.approx(found.value, rel=1e-9)
    assert again.rows == pytest.approx(found.rows[shuffled], abs=1e-12)


def test_noise_is_taken_out():
    """A calibrated model shows 0.03 on a thousand rows; half of that goes, and all of a clear error stays."""
    rng = np.random.default_rng(0)
    found = [measure_influence(NAME, *drawn(rng, 1_000)) for _ in range(100)]
    assert 0.02 < np.mean([one.value + one.noise for one in found]) < 0.04
    assert np.mean([one.value for one in found]) < 0.025
    off = [measure_influence(NAME, *drawn(rng, 1_000, off=0.05)) for _ in range(100)]
    assert np.mean([one.value for one in off]) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(("off", "least"), [(0.0, 92), (0.02, 92), (0.1, 90)])
def test_the_interval_holds_the_truth(off, least):
    """Of 100 intervals of 95 %, 90 or more hold it in 98 of a hundred runs."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(100):
        found = interval(*drawn(rng, 2_000, off=off))
        held += found.low <= off <= found.high
    assert held >= least


def test_the_interval_of_a_calibrated_model_begins_at_zero_and_of_another_above():
    rng = np.random.default_rng(2)
    begins = [interval(*drawn(rng, 3_000)).low for _ in range(100)]
    assert sum(low > 0 for low in begins) <= 12
    assert min(interval(*drawn(rng, 3_000, off=0.08)).low for _ in range(20)) > 0.03


def test_a_bin_without_positives_is_not_certain():
    """Its rows show no noise at all, and still one of twenty bins of 300 rows has none at a rate of 1 %."""
    scores = np.repeat([0.01, 0.5], 300)
    target = np.concatenate([np.zeros(300), np.arange(300) % 2]).astype(np.int8)
    assert measure_influence(NAME, target, scores).indistinct
    assert not measure_influence(NAME, target, np.repeat([0.03, 0.5], 300)).indistinct


def test_rows_of_one_entity_are_one_observation():
    rng = np.random.default_rng(3)
    target, scores = drawn(rng, 400)
    groups = np.repeat(np.arange(400), 10)
    copied = Scored(np.repeat(target, 10), np.repeat(scores, 10), groups)
    as_rows = measure_influence(NAME, copied.target, copied.scores)
    assert not as_rows.indistinct, "taken for independent, copies prove an error"
    measured = measure_model(copied, 400, (NAME,)).metrics[NAME]
    assert measured.indistinct
    evidence = count_evidence(copied.target, groups)
    assert contributed_metric(NAME, measured, evidence, 0.95).low == 0


def test_the_noise_of_an_absolute_value_is_inverted():
    rng = np.random.default_rng(4)
    for mean in (0.0, 0.5, 1.0, 3.0, 20.0):
        seen = np.abs(rng.normal(mean, 1, 400_000)).mean()
        found = _remove_noise(np.array([seen]), np.array([1.0]))[0]
        assert found == pytest.approx(mean, abs=0.06 if mean == 0 else 0.02)
    assert _remove_noise(np.array([0.3]), np.array([1.0]))[0] == pytest.approx(0, abs=1e-9)
    assert _remove_noise(np.array([0.3]), np.array([0.0]))[0] == 0.3


def test_the_error_of_a_bin_is_that_of_its_entities_and_never_below_that_of_a_calibrated_model():
    scores = np.repeat([0.2, 0.6], 6)
    target = np.array([1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1])
    starts, surplus = np.array([0, 6]), scores - target
    centred = surplus - np.repeat([surplus[:6].mean(), surplus[6:].mean()], 6)
    rows = _measure_errors(scores, centred, None, starts)
    expected = [(6 * max(target[part].var() * 6 / 5, score * (1 - score))) ** 0.5 / 6
                for part, score in ((slice(0, 6), 0.2), (slice(6, 12), 0.6))]  # fmt: skip
    assert rows == pytest.approx(expected)
    groups = np.array([0, 0, 0, 1, 1, 2, 0, 1, 2, 3, 4, 5])
    sums = np.array([centred[:3].sum(), centred[3:5].sum(), centred[5]])
    clustered = _measure_errors(scores, centred, groups, starts)
    assert clustered[0] == pytest.approx((max((sums**2).sum() * 3 / 2, 6 * 0.16)) ** 0.5 / 6)
    assert clustered[1] == pytest.approx(rows[1])


def test_bins_are_weighed_by_their_rows():
    found = weigh_bins(np.array([10, 30]), np.array([0.4, -0.2]), np.array([0.01, 0.01]))
    assert (found.value, found.noise, found.indistinct) == (pytest.approx(0.25), pytest.approx(0), False)
    exact = weigh_bins(np.array([10, 30]), np.array([0.0, 0.02]), np.array([0.0, 0.05]))
    assert exact.indistinct
    assert exact.value + exact.noise == pytest.approx(0.015)
    certain = weigh_bins(np.array([10, 30]), np.array([0.1, 0.02]), np.array([0.0, 0.05]))
    assert not certain.indistinct, "what has no noise at all is an error for sure"
    assert not weigh_bins(np.array([10]), np.array([0.1]), np.array([0.0])).indistinct
