"""The predictions of each group against those of the same group at training."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from include.monitoring.profile.build import build_profile
from include.monitoring.slices.drift import GroupDriftReport, check_group_drift, group_drift_cells
from include.monitoring.slices.groups import MOST_GROUPS
from include.monitoring.slices.profile import GroupProfile, build_group_profile
from tests.world.model_config import make_config

pytestmark = pytest.mark.core


def configure(band):
    """Return a model that is watched by sex, age and education."""
    whole = make_config(sensitive={"age": {"bands": [band]}}, monitoring={"slices": {"education": {}}})
    return whole.model_copy(update={"sensitive": {name: whole.sensitive[name] for name in ("sex", "age")}})


CONFIG = configure(40)
LIMITS = CONFIG.monitoring.drift
ROWS = 8_000


def write(path, write_rows, seed, rows=ROWS, **columns):
    """Write rows, and return predictions that have nothing to do with them."""
    write_rows(path, rows=rows, seed=seed, **columns)
    return np.random.default_rng(seed).beta(2, 5, rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, write_rows):
    """Return the reference profile of a training set and its groups."""
    path = tmp_path_factory.mktemp("trained") / "train.parquet"
    scores = write(path, write_rows, 0)
    profile = build_profile(path, CONFIG, scores)
    return profile, build_group_profile(path, CONFIG, profile, scores)


@pytest.fixture
def check(tmp_path, write_rows, trained):
    """Return a function that checks a delivery; ``moved`` shifts the predictions of ``sex=2``."""

    def check(seed=1, *, rows=ROWS, moved=0.0, before=trained[1], config=CONFIG, **columns):
        path = tmp_path / "delivery.parquet"
        scores = write(path, write_rows, seed, rows, **columns)
        sex = np.array(pq.read_table(path)["sex"].to_pylist(), dtype=object)
        scores = np.where(sex == "2", np.clip(scores + moved, 0, 1), scores)
        now = build_group_profile(path, config, trained[0], scores)
        return check_group_drift(trained[0], before, now, config.monitoring.drift)

    return check


def finding(report, name):
    return next(one for one in report.groups if one.name == name)


def test_one_group_drifted_and_it_stands_first(check):
    report = check(moved=0.15)
    assert report.drifted[0].name == "sex=2", "the others hold half as many of them"
    assert report.groups[0].name == "sex=2"
    assert report.groups[0].shift == pytest.approx(0.15, abs=0.02)
    assert finding(report, "sex=1").finding == "no drift"
    assert GroupDriftReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report
    assert next(group_drift_cells(report))[-1] == "drifted"


def test_quiet_deliveries_are_quiet(check):
    assert sum(bool(check(seed).drifted) for seed in range(1, 41)) == 0


def test_few_rows_are_too_few_to_tell(check):
    report = check(rows=200)
    assert {one.finding for one in report.groups if one.distance is not None} == {"too few to tell"}


@pytest.mark.parametrize("rows", [600, 900, 1_200, 1_600, 2_000, 3_000])
def test_no_drift_is_said_only_where_the_limit_would_have_been_seen_beside_all_groups(check, trained, rows):
    report = check(rows=rows)
    null = next(one for one in trained[0].prediction_null_distributions if one.statistic == "ks")
    known = [one for one in report.groups if one.distance is not None]
    assert not report.drifted
    for one in known:
        alike = int(1 / (1 / one.rows + 1 / one.before - 1 / ROWS))
        chance = null.critical_distance(alike, LIMITS.false_discovery_rate / len(known))
        room = 0.1 - max(0.01, min(null.between_day_variation, 0.05))
        assert one.finding == ("no drift" if chance <= room else "too few to tell")


def test_a_group_nobody_saw_at_training_is_not_known(check):
    report = check(sex=["9"] * ROWS)
    new = finding(report, "sex=9")
    assert (new.finding, new.distance, new.before) == ("not known", None, 0)


def test_a_version_from_before_says_that_nothing_is_known(check):
    report = check(before=None, moved=0.3)
    assert report.groups == ()
    assert report.note.startswith("not known: this version was trained before")


def test_other_bands_than_at_training_are_not_compared(check):
    other = configure(50)
    report = check(config=other)
    assert report.note.startswith("not known of age: ")
    assert {one.finding for one in report.groups if one.name.startswith("age")} == {"not known"}
    assert finding(report, "sex=1").distance is not None


def test_groups_add_up_to_all_rows_whatever_the_row_groups(tmp_path, write_rows, trained):
    profile, _ = trained
    path = tmp_path / "delivery.parquet"
    scores = write(path, write_rows, 3)  # row groups of 200 rows
    once = build_group_profile(path, CONFIG, profile, scores)
    pq.write_table(pq.read_table(path), path, row_group_size=ROWS)
    assert build_group_profile(path, CONFIG, profile, scores) == once
    for column in CONFIG.monitored_slices:
        assert sum(one.rows for one in once.groups if one.column == column) == ROWS
    assert GroupProfile.from_dict(json.loads(json.dumps(once.to_dict()))) == once


def test_a_column_of_very_many_categories_is_bounded(tmp_path, write_rows, trained):
    path = tmp_path / "delivery.parquet"
    scores = write(path, write_rows, 4, education=[str(one % 500) for one in range(ROWS)])
    found = build_group_profile(path, CONFIG, trained[0], scores)
    assert len([one for one in found.groups if one.column == "education"]) == MOST_GROUPS
    half = [str(one % 40) if one % 2 else str(one % 40 + 100) for one in range(ROWS)]
    scores = write(path, write_rows, 4, education=["big"] * (ROWS // 2) + half[: ROWS // 2])
    found = build_group_profile(path, CONFIG, trained[0], scores)
    assert next(one.group for one in found.groups if one.column == "education") == "big"


def test_another_statistic_of_the_predictions_leaves_the_inequality(check, trained):
    """Without a null distribution of D chance is bounded from above: nothing is found that is not there."""
    profile = replace(trained[0], prediction_null_distributions=())
    report = check_group_drift(profile, trained[1], trained[1], LIMITS)
    assert {one.finding for one in report.groups} <= {"no drift", "too few to tell"}


def test_a_model_without_groups_has_an_empty_profile(tmp_path, write_rows, trained):
    path = tmp_path / "delivery.parquet"
    scores = write(path, write_rows, 5)
    config = CONFIG.model_copy(
        update={"sensitive": {}, "monitoring": CONFIG.monitoring.model_copy(update={"slices": {}})}
    )
    found = build_group_profile(path, config, trained[0], scores)
    assert found.groups == ()
