"""What must hold of metrics, gains and intervals whatever the rows are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.evaluation.buckets import BUCKETS
from include.evaluation.contributions import bucket_contributions, sum_by_entity
from include.evaluation.evidence import count_evidence
from include.evaluation.influence import measure_gain, measure_influence
from include.evaluation.interval import (
    bucketed_interval,
    degrees_of_freedom,
    gain_interval,
    interval,
    metric_interval,
    standard_error,
    z_value,
)
from include.evaluation.measured import measure_model, measure_parts
from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import measure
from tests.world.examples import examples

pytestmark = pytest.mark.core
RANKINGS = ("roc_auc", "average_precision")


class Rows(NamedTuple):
    """Labelled rows with the scores of two models, and the entity of each row."""

    target: np.ndarray
    one: np.ndarray
    other: np.ndarray
    groups: np.ndarray

    def pick(self, rows: np.ndarray) -> Rows:
        return Rows(*(values[rows] for values in self))


@st.composite
def rows_of_two_models(draw, *, least=2, of_entities=(1, 6)) -> Rows:
    """Up to 400 rows: with and without ties, of any share of positives, of entities of one to some rows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, each = draw(st.integers(least, 400)), draw(st.integers(*of_entities))
    target = (rng.random(count) < draw(st.floats(0, 1))).astype(np.int8)
    noise, digits = draw(st.floats(0, 2)), draw(st.sampled_from([0, 1, 2, 15]))
    scores = [
        (1 / (1 + np.exp(1 - 2 * target - noise * rng.normal(size=count)))).round(digits) for _ in range(2)
    ]
    groups = rng.permutation(np.arange(count) // each)
    return Rows(target, *scores, groups)


ROWS = rows_of_two_models()
NAME = st.sampled_from(sorted(TASKS["binary"].metrics))


def same(found, expected) -> bool:
    return found == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


def ends(found) -> tuple[float, float, float]:
    return found.value, found.low, found.high


def gained(rows: Rows, name: str, better: np.ndarray, worse: np.ndarray):
    gain = measure_gain(name, rows.target, better, worse)
    differs = (better > 0.5) != (worse > 0.5)
    return gain_interval(name, gain, rows.target, rows.groups, 0.95, differs=differs)


@examples(60)
@given(rows=ROWS, name=NAME, seed=st.integers(0, 99))
def test_the_order_of_the_rows_changes_nothing(rows, name, seed):
    mixed = rows.pick(np.random.default_rng(seed).permutation(len(rows.target)))
    for one, again in zip(
        ends(single(rows, name)) + ends(gained(rows, name, rows.one, rows.other)),
        ends(single(mixed, name)) + ends(gained(mixed, name, mixed.one, mixed.other)),
        strict=True,
    ):
        assert same(one, again)
    if name in RANKINGS:
        assert measure(name, rows.target, rows.one) == pytest.approx(
            measure(name, mixed.target, mixed.one), rel=0, abs=0, nan_ok=True
        )


def test_the_order_of_the_rows_changes_nothing_where_a_bin_errs_by_rounding_alone():
    """15 of 100 scored .15 are positive: the sum of what each is off is 0 but for the order of adding."""
    scores = np.repeat([0.15, 0.7], 100)
    target = np.tile(np.arange(100) < 15, 2).astype(np.int8)
    rows = Rows(target, scores, scores, np.tile(np.arange(100), 2))
    orders = [np.random.default_rng(seed).permutation(200) for seed in range(30)]
    found = [ends(single(rows.pick(order), "calibration_error")) for order in orders]
    assert all(same(again, found[0]) for again in found)


def single(rows: Rows, name: str):
    found = measure_influence(name, rows.target, rows.one)
    return metric_interval(name, found, rows.target, rows.groups, 0.95)


@examples(60)
@given(rows=ROWS, name=st.sampled_from(RANKINGS), power=st.integers(1, 5))
def test_a_ranking_knows_only_the_order_of_the_scores(rows, name, power):
    grown = (rows.one**power + rows.one) / 2
    assume(len(np.unique(grown)) == len(np.unique(rows.one)))
    before, after = (measure_influence(name, rows.target, scores) for scores in (rows.one, grown))
    assert before.value == after.value or np.isnan(before.value)
    assert (before.rows == after.rows).all()


@examples(60)
@given(rows=ROWS, name=NAME)
def test_a_gain_turned_round_is_a_loss_of_the_same_size(rows, name):
    gain, loss = gained(rows, name, rows.one, rows.other), gained(rows, name, rows.other, rows.one)
    assert same((gain.value, gain.low, gain.high), (-loss.value, -loss.high, -loss.low))
    assert gain.note == loss.note


@examples(60)
@given(rows=ROWS, name=NAME)
def test_a_model_gains_nothing_over_itself(rows, name):
    assume(np.isfinite(measure(name, rows.target, rows.one)))
    found = gained(rows, name, rows.one, rows.one.copy())
    assert found.value == 0
    assert found.note or (found.low, found.high) == (0, 0)


@examples(100)
@given(rows=ROWS, name=st.sampled_from(RANKINGS))
def test_ties_count_as_in_scikit_learn(rows, name):
    from sklearn import metrics

    assume(0 < rows.target.sum() < len(rows.target))
    function = {"roc_auc": metrics.roc_auc_score, "average_precision": metrics.average_precision_score}[name]
    assert measure(name, rows.target, rows.one) == pytest.approx(function(rows.target, rows.one), rel=1e-12)


@examples(40)
@given(rows=rows_of_two_models(of_entities=(1, 1)), name=NAME, copies=st.integers(2, 4))
def test_copies_of_a_row_say_nothing_new(rows, name, copies):
    """But for the factor that makes a mean square a variance, which counts rows for an AUC."""
    assume(name != "calibration_error")
    more = rows.pick(np.tile(np.arange(len(rows.target)), copies))
    alone, copied = gained(rows, name, rows.one, rows.other), gained(more, name, more.one, more.other)
    assert same(copied.value, alone.value)
    assert copied.note == alone.note
    if not alone.note:
        width = alone.high - alone.low
        assert copied.high - copied.low == pytest.approx(width, rel=0.06 if name == "roc_auc" else 1e-6)


@examples(60)
@given(rows=ROWS, name=NAME, seed=st.integers(0, 99))
def test_a_bucket_for_each_entity_gives_the_interval_of_the_entities(rows, name, seed):
    gain = measure_gain(name, rows.target, rows.one, rows.other)
    assume(np.isfinite(gain.value) and rows.groups.max() < BUCKETS)
    exact = interval(gain, rows.groups, 0.95)
    buckets = np.random.default_rng(seed).permutation(BUCKETS)[: rows.groups.max() + 1]
    found = bucket_contributions(sum_by_entity(gain, rows.groups), buckets)
    assume(not exact.note and len(found.shares) == rows.groups.max() + 1)
    assert same(ends(bucketed_interval(found, 0.95)), ends(exact))
    if exact.low not in {exact.value, 0.0}:
        assert (z_value(found, shift=exact.low) > 0) == (exact.low < exact.value)
        assert z_value(found, shift=exact.low) == pytest.approx(1.959964, rel=1e-4)


@examples(60)
@given(rows=ROWS, name=NAME, count=st.integers(1, 5), seed=st.integers(0, 99))
def test_parts_that_inherit_the_order_are_those_that_are_sorted_alone(rows, name, count, seed):
    """Some rows are of no part."""
    part = np.random.default_rng(seed).integers(0, count + 1, len(rows.target))
    places = [inside for inside in (np.flatnonzero(part == code) for code in range(count)) if len(inside)]
    whole = [Scored(rows.target, scores, rows.groups) for scores in (rows.one, rows.other)]
    found = measure_parts(name, places, *whole, 0.95)
    first = measure_parts(name, places, whole[0], None, 0.95)
    for inside, one, alone in zip(places, found, first, strict=True):
        picked = rows.pick(inside)
        entities = int(rows.groups.max()) + 1
        values = [
            measure_model(Scored(picked.target, scores, picked.groups), entities, (name,)).metrics[name].value
            for scores in (picked.one, picked.other)
        ]
        assert same((one.candidate, one.champion), tuple(values))
        assert same(alone.candidate, one.candidate)
        assert alone.gain is None
        if name != "calibration_error":  # which knows the entities here
            expected = gained(picked, name, picked.one, picked.other)
            assert same(ends(one.gain), ends(expected))
            assert one.gain.note == expected.note


@examples(60)
@given(rows=ROWS, name=NAME)
def test_rows_without_entities_are_entities_of_their_own(rows, name):
    each = np.arange(len(rows.target))
    count = len(each)
    one, other = (
        measure_model(Scored(rows.target, rows.one, groups), count, (name,)) for groups in (None, each)
    )
    assert (one.metrics[name].sums == other.metrics[name].sums).all()
    assert same(one.metrics[name].value, other.metrics[name].value)
    assert count_evidence(rows.target, None) == count_evidence(rows.target, each)


@examples(60)
@given(rows=rows_of_two_models(least=1), name=NAME)
def test_an_interval_holds_its_value_within_the_range_of_the_metric(rows, name):
    found, metric = single(rows, name), METRICS[name]
    if found.note:
        assert np.isnan(found.low)
        assert np.isnan(found.high)
    else:
        assert metric.lowest <= found.low <= found.value <= found.high <= metric.highest
    gain = gained(rows, name, rows.one, rows.other)
    assert gain.note or gain.low <= gain.value <= gain.high


@examples(30)
@given(rows=ROWS, name=NAME, factor=st.floats(0.1, 10))
def test_a_z_value_has_no_unit(rows, name, factor):
    gain = measure_gain(name, rows.target, rows.one, rows.other)
    assume(np.isfinite(gain.value))
    found = bucket_contributions(sum_by_entity(gain, rows.groups), np.arange(rows.groups.max() + 1))
    assume(standard_error(found) > 1e-6)
    scaled = type(found)(rows=found.rows, total=found.total * factor, sums=found.sums * factor)
    assert z_value(scaled) == pytest.approx(z_value(found), rel=1e-9, abs=1e-12)
    assert degrees_of_freedom(scaled) == pytest.approx(degrees_of_freedom(found))
