from __future__ import annotations

import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.config.tasks import TASKS
from include.data.dataset_files import file_digest
from include.data.dataset_record import Part
from include.errors import ModelError
from include.evaluation import compare
from include.evaluation.metrics import measure
from include.evaluation.record import Evaluation

pytestmark = pytest.mark.core

INFO = {"version": "3", "run_id": "abc"}
METRICS, TRIVIAL = TASKS["binary"].metrics, TASKS["binary"].trivial
TRAINED = Part(rows=1_000, positives=100)


def evaluate(*args, **options):
    return compare.evaluate(*args, **{"trained": TRAINED, **options})


@pytest.fixture
def config(make_config):
    return make_config(gate={"slices": {"min_rows": 60}})


@pytest.fixture
def test_set(tmp_path, write_rows):
    return write_rows(tmp_path / "test.parquet", rows=600)


@pytest.fixture
def target(test_set):
    return pq.read_table(test_set)["defaulted"].to_numpy()


@pytest.fixture
def scores(target):
    """Return a function that gives scores with so much noise around the target."""

    def scores(noise, seed=0):
        return np.clip(target * 0.4 + 0.3 + np.random.default_rng(seed).normal(0, noise, len(target)), 0, 1)

    return scores


def test_every_metric_is_measured_on_the_same_rows(test_set, config, scores, target):
    found = evaluate(test_set, scores(0.2), scores(0.4), config, INFO)
    assert (found.rows, found.entities, found.positives) == (600, 600, int(target.sum()))
    assert found.test_digest == file_digest(test_set)
    assert found.candidate.keys() == found.champion.keys() == found.gains.keys() == set(METRICS)
    for name in METRICS:
        assert found.candidate[name].value == measure(name, target, scores(0.2))
        assert found.champion[name].value == measure(name, target, scores(0.4))
        assert found.candidate[name].low < found.candidate[name].high
    assert (found.champion_info, found.champion_error) == (INFO, None)


def test_a_gain_is_above_zero_where_the_candidate_is_better_whatever_the_metric(test_set, config, scores):
    better = evaluate(test_set, scores(0.1), scores(0.6), config, INFO)
    worse = evaluate(test_set, scores(0.6), scores(0.1), config, INFO)
    for name in ("roc_auc", "average_precision", "log_loss", "brier", "accuracy"):
        assert better.gains[name].low > 0, name
        assert worse.gains[name].high < 0, name
        assert better.gains[name].value == pytest.approx(-worse.gains[name].value)
        assert better.gains[name].low == pytest.approx(-worse.gains[name].high)


def test_the_same_model_gains_exactly_nothing(test_set, config, scores):
    found = evaluate(test_set, scores(0.3), scores(0.3), config, INFO)
    accuracy = found.gains.pop("accuracy")
    assert {(gain.value, gain.low, gain.high) for gain in found.gains.values()} == {(0.0, 0.0, 0.0)}
    assert accuracy.value == 0
    assert "no entity is decided differently" in accuracy.note  # a model may decide alike and yet be another


def test_evaluating_twice_gives_the_same_record(test_set, config, scores):
    once, again = (evaluate(test_set, scores(0.2), scores(0.4), config, INFO) for _ in range(2))
    assert json.dumps(once.to_dict()) == json.dumps(again.to_dict())


def test_without_a_champion_nothing_is_compared(test_set, config, scores):
    found = evaluate(test_set, scores(0.2), None, config)
    assert (found.champion, found.gains, found.champion_info, found.champion_error) == (
        None,
        None,
        None,
        None,
    )
    assert all(one.gain is None and one.champion is None for one in found.slices)


def test_a_champion_that_could_not_be_scored_is_recorded(test_set, config, scores):
    found = evaluate(test_set, scores(0.2), None, config, INFO, champion_error="it could not be loaded")
    assert found.champion is None
    assert found.champion_error == "it could not be loaded"


def test_a_champion_without_scores_is_never_taken_for_no_champion(test_set, config, scores):
    assert (
        evaluate(test_set, scores(0.2), None, config, INFO).champion_error
        == "no scores of the champion were given"
    )


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda scores: scores[:-1], r"shape \(599,\), expected one for each of 600 test rows"),
        (lambda scores: np.where(scores > 0.5, np.nan, scores), r"of its 600 scores are no probability"),
        (lambda scores: scores + 2, "600 of its 600 scores are no probability"),
    ],
)
def test_scores_that_do_not_fit_stop_a_candidate_and_are_recorded_of_a_champion(
    test_set, config, scores, broken, message
):
    with pytest.raises(ModelError, match=f"the candidate of credit_risk can't be evaluated: .*{message}"):
        evaluate(test_set, broken(scores(0.2)), scores(0.2), config, INFO)
    found = evaluate(test_set, scores(0.2), broken(scores(0.2)), config, INFO)
    assert found.champion is None
    assert found.gains is None
    assert re.search(message, found.champion_error)


def test_slices_hold_the_primary_metric_of_their_rows(test_set, config, scores, target):
    found = {one.name: one for one in evaluate(test_set, scores(0.2), scores(0.4), config, INFO).slices}
    sex = np.array(pq.read_table(test_set)["sex"].to_pylist())
    rows = sex == "1"
    one = found["sex=1"]
    assert (one.rows, one.positives, one.note) == (int(rows.sum()), int(target[rows].sum()), "")
    assert one.candidate == measure("roc_auc", target[rows], scores(0.2)[rows])
    assert one.champion == measure("roc_auc", target[rows], scores(0.4)[rows])
    assert one.gain.value == pytest.approx(one.candidate - one.champion)
    assert one.gain.low < one.gain.value < one.gain.high


def test_slices_cover_every_row_once_per_attribute(test_set, config, scores):
    found = evaluate(test_set, scores(0.2), None, config)
    for column in config.sensitive:
        assert sum(one.rows for one in found.slices if one.name.startswith(column)) == 600


def test_a_small_slice_is_listed_but_not_evaluated(test_set, config, scores):
    found = {one.name: one for one in evaluate(test_set, scores(0.2), scores(0.4), config, INFO).slices}
    missing = found["sex=missing"]
    assert missing.note.startswith("too few rows")
    assert (missing.candidate, missing.champion, missing.gain) == (None, None, None)


def test_the_record_survives_strict_json(test_set, make_config, scores):
    config = make_config(gate={"slices": {"min_rows": 60}}, sensitive={})
    found = evaluate(test_set, scores(0.2), scores(0.4), config, INFO)
    assert Evaluation.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False))) == found


def test_figures_that_are_not_defined_survive_strict_json(tmp_path, write_rows, config):
    path = write_rows(tmp_path / "one.parquet", rows=100, defaulted=[0] * 100)
    found = evaluate(path, np.linspace(0, 1, 100), None, config)
    again = Evaluation.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert np.isnan(again.candidate["roc_auc"].value)
    assert np.isnan(again.candidate["roc_auc"].low)
    assert again.candidate["brier"] == found.candidate["brier"]


def test_rows_of_one_entity_are_drawn_together(tmp_path, write_rows, config, scores):
    ids = pa.array(np.repeat(np.arange(60), 10))
    path = write_rows(tmp_path / "test.parquet", rows=600, customer_id=ids)
    clustered = evaluate(path, scores(0.2), None, config)
    assert clustered.entities == 60


def test_string_entities_work(tmp_path, test_set, make_config, scores):
    table = pq.read_table(test_set)
    names = pa.array([f"customer {one}" for one in table["customer_id"].to_pylist()])
    path = tmp_path / "named.parquet"
    pq.write_table(table.set_column(0, "customer_id", names), path)
    settings = {"gate": {"slices": {"min_rows": 60}}}
    named = evaluate(path, scores(0.2), None, make_config(entity={"type": "string"}, **settings))
    assert named.candidate == evaluate(test_set, scores(0.2), None, make_config(**settings)).candidate


def test_the_text_shows_each_metric_with_its_interval(test_set, config, scores):
    found = evaluate(test_set, scores(0.2), scores(0.4), config, INFO)
    lines = found.to_text().splitlines()
    assert lines[0] == f"600 rows of 600 entities, {found.positives} positives"
    assert lines[1].split() == ["candidate", "champion", "gain"]
    auc = found.candidate["roc_auc"]
    assert f"{auc.value:.4f} [{auc.low:.4f}, {auc.high:.4f}]" in lines[2]
    assert len(lines) == 3 + len(METRICS) + len(TRIVIAL)


def test_the_candidate_is_compared_with_a_model_that_has_learned_nothing(test_set, config, scores, target):
    found = evaluate(test_set, scores(0.2), None, config, trained=Part(rows=10, positives=4))
    assert found.over_trivial.keys() == TRIVIAL.keys()
    gain = found.over_trivial["roc_auc"]
    assert gain.value == pytest.approx(measure("roc_auc", target, scores(0.2)) - 0.5)
    assert 0 < gain.low < gain.value < gain.high
    constant = np.full(len(target), 0.4)
    for name in ("log_loss", "brier"):
        expected = measure(name, target, constant) - measure(name, target, scores(0.2))
        assert found.over_trivial[name].value == pytest.approx(expected)
    assert found.base_rate == 0.4


def test_who_answers_the_training_sets_share_gains_exactly_nothing(test_set, config, target):
    found = evaluate(test_set, np.full(len(target), 0.3), None, config, trained=Part(rows=10, positives=3))
    for name, one in found.over_trivial.items():
        assert one.note or one.low <= 0, name
    for name in ("roc_auc", "log_loss", "brier"):
        assert (found.over_trivial[name].value, found.over_trivial[name].low) == (0, 0)


def test_fewer_than_ten_entities_of_a_class_tell_nothing(tmp_path, write_rows, config, scores):
    path = write_rows(tmp_path / "few.parquet", rows=600, defaulted=[1] * 9 + [0] * 591)
    found = evaluate(path, scores(0.2), scores(0.4), config, INFO)
    for one in (*found.over_trivial.values(), *found.gains.values()):
        assert one.note == "only 9 entities with a positive label, 10 needed"
        assert np.isnan(one.low)
        assert np.isfinite(one.value)
    assert "inconclusive: only 9 entities" in found.to_text()
    assert Evaluation.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False))).gains["brier"].note


def test_an_accuracy_needs_ten_entities_that_are_decided_differently(test_set, config, target):
    better = np.where(np.arange(len(target)) < 3, target, 0.2)
    gain = evaluate(test_set, better, np.full(len(target), 0.2), config, INFO).gains["accuracy"]
    assert "decided differently, 10 needed" in gain.note or gain.value == 0
