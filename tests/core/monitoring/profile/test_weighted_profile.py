"""Drift where rows have weights: a row of weight 2 is two rows, and unequal weights tell less."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.config.monitoring_schema import Drift
from include.errors import DataError
from include.monitoring.drift.check import check_drift
from include.monitoring.histogram.weighted import state_as_rows
from include.monitoring.profile.build import build_profile
from include.monitoring.profile.count_file import count_file
from include.monitoring.profile.profile import Profile
from include.monitoring.slices.profile import build_group_profile
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core

ROWS = 4_000
FEATURES = {"numeric": ["age"], "categorical": ["sex"]}


def configure(**changes: object) -> ModelConfig:
    config = make_config(features=FEATURES, **changes)
    return config.model_copy(update={"sensitive": {"sex": config.sensitive["sex"]}})


CONFIG, BY_ROW = configure(weight={"column": "exposure"}), configure()


def write(
    path: Path, age: np.ndarray, sex: np.ndarray, weights: np.ndarray | None, group: int = 1_000
) -> Path:
    rows = len(age)
    columns = {
        "customer_id": pa.array(np.arange(rows)),
        "as_of": pa.array([date(2005, 4, 30)] * rows, pa.date32()),
        "age": pa.array(age),
        "sex": pa.array(sex.astype(str)),
        "defaulted": pa.array(np.zeros(rows, dtype=np.int8)),
    }
    if weights is not None:
        columns["exposure"] = pa.array(weights)
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


def draw(seed: int, rows: int = ROWS, *, moved: str = "") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ages, sexes and weights: few rows are heavy; the heavy ones, or the light ones, may have moved."""
    rng = np.random.default_rng(seed)
    age, sex = rng.normal(40, 10, rows), rng.choice([1, 2], rows)
    weights = rng.lognormal(0, 1.0, rows)
    chosen = {"": np.zeros(rows, dtype=bool), "heavy": weights > 3, "light": weights < 0.3}[moved]
    return age + 12 * chosen, sex, weights


def scores_of(age: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / (1 + np.exp((40 - age) / 10))
    return found


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    age, sex, weights = draw(1)
    path = write(tmp_path_factory.mktemp("train") / "train.parquet", age, sex, weights)
    return build_profile(path, CONFIG, scores_of(age))


def test_a_row_of_weight_two_counts_as_two(profile: Profile, tmp_path: Path) -> None:
    age, sex, _ = draw(2)
    twice = np.random.default_rng(2).integers(0, 3, ROWS)
    weighted = count_file(write(tmp_path / "w.parquet", age, sex, 0.1 * twice), profile, scores_of(age))
    repeated = np.repeat(np.arange(ROWS), twice)
    path = write(tmp_path / "r.parquet", age[repeated], sex[repeated], np.ones(len(repeated)))
    whole = count_file(path, profile, scores_of(age[repeated]))
    assert weighted.rows == (twice > 0).sum()
    assert whole.rows == twice.sum()
    for ours, theirs in [
        (weighted.columns["age"], whole.columns["age"]),
        (weighted.columns["sex"], whole.columns["sex"]),
        (weighted.predictions, whole.predictions),
    ]:
        assert ours.sum() == weighted.rows
        assert np.cumsum(ours) == pytest.approx(np.cumsum(theirs) * weighted.rows / whole.rows, abs=0.51)


@pytest.mark.parametrize(("scale", "group", "threads"), [(1e-300, 1_000, 1), (1e306, 37, 2), (1.0, 4_000, 3)])
def test_units_row_groups_and_threads_make_no_difference(
    profile: Profile, tmp_path: Path, scale: float, group: int, threads: int
) -> None:
    age, sex, weights = draw(3)
    once = count_file(write(tmp_path / "one.parquet", age, sex, weights), profile, scores_of(age))
    path = write(tmp_path / "two.parquet", age, sex, weights * scale, group)
    again = count_file(path, profile, scores_of(age), threads=threads)
    assert np.abs(once.columns["age"] - again.columns["age"]).max() <= 1  # a sum may round the other way
    assert np.abs(once.predictions - again.predictions).max() <= 1


def test_equal_weights_count_what_rows_count(tmp_path: Path) -> None:
    age, sex, _ = draw(4)
    path = write(tmp_path / "train.parquet", age, sex, np.full(ROWS, 0.7))
    weighted, plain = (build_profile(path, one, scores_of(age)) for one in (CONFIG, BY_ROW))
    for name, counts in plain.reference.columns.items():
        assert weighted.reference.columns[name].tolist() == counts.tolist()
    assert weighted.reference.predictions.tolist() == plain.reference.predictions.tolist()
    ours, theirs = (one.null_distributions["age"][0] for one in (weighted, plain))
    assert ours.median == pytest.approx(theirs.median, rel=0.03)
    assert weighted.bins_digest != plain.bins_digest


def test_unequal_weights_widen_what_chance_explains(profile: Profile, tmp_path: Path) -> None:
    """Of lognormal(1) weights 2.7 rows tell as much as one of equal weight: distances grow by 1.65."""
    age, sex, weights = draw(1)
    plain = build_profile(write(tmp_path / "train.parquet", age, sex, weights), BY_ROW, scores_of(age))
    effect = len(weights) * (weights**2).sum() / weights.sum() ** 2
    for name in ("age", "sex"):
        ours, theirs = (one.null_distributions[name][0] for one in (profile, plain))
        ratio = np.array(ours.median) / np.array(theirs.median)
        assert np.median(ratio) == pytest.approx(effect**0.5, rel=0.25), name


def drifted(profile: Profile, path: Path, age: np.ndarray) -> bool:
    found = check_drift(profile, count_file(path, profile, scores_of(age)), Drift())
    return bool(found.drifted)


def test_drift_of_heavy_rows_is_found_and_that_of_light_rows_is_none(
    profile: Profile, tmp_path: Path
) -> None:
    found = {}
    for moved in ("", "heavy", "light"):
        age, sex, weights = draw(5, moved=moved)
        found[moved] = drifted(profile, write(tmp_path / "batch.parquet", age, sex, weights), age)
    assert found == {"": False, "heavy": True, "light": False}


def test_no_false_alarm_comes_of_a_few_heavy_rows(profile: Profile, tmp_path: Path) -> None:
    found = 0
    for seed in range(30):
        age, sex, weights = draw(100 + seed, 500)
        found += drifted(profile, write(tmp_path / "batch.parquet", age, sex, weights), age)
    assert found <= 2


def test_a_profile_by_weight_comes_back_and_refuses_what_has_no_weight(
    profile: Profile, tmp_path: Path
) -> None:
    again = Profile.from_json(profile.to_json())
    assert (again.weight, again.bins_digest) == ("exposure", profile.bins_digest)
    assert again.to_json() == profile.to_json()
    age, sex, _ = draw(6, 300)
    path = write(tmp_path / "batch.parquet", age, sex, None)
    with pytest.raises(DataError, match=r"batch.parquet has no column exposure.*train the model again"):
        count_file(path, profile)
    with pytest.raises(DataError, match="count the whole file"):
        profile.count(pq.read_table(path))
    path = write(tmp_path / "batch.parquet", age, sex, -np.ones(300))
    with pytest.raises(DataError, match="300 negative of 300 weights in exposure"):
        count_file(path, profile)


def test_predictions_of_groups_count_by_weight(profile: Profile, tmp_path: Path) -> None:
    age, sex, weights = draw(7)
    weights[:50] = 0.0
    path = write(tmp_path / "batch.parquet", age, sex, weights)
    found = {one.group: one for one in build_group_profile(path, CONFIG, profile, scores_of(age)).groups}
    for group in ("1", "2"):
        own = (sex == int(group)) & (weights > 0)
        assert found[group].rows == own.sum()
        counts, middles = np.array(found[group].counts[1:]), profile.predictions.midpoints
        mean = np.average(scores_of(age)[own], weights=weights[own])
        assert counts @ middles / counts.sum() == pytest.approx(mean, abs=0.005)


def test_sums_are_stated_as_rows_that_add_up() -> None:
    rng = np.random.default_rng(8)
    sums = rng.lognormal(0, 3, 1_000)
    counts = state_as_rows(sums, 777)
    assert counts.sum() == 777
    assert counts.min() >= 0
    assert np.abs(np.cumsum(counts) - np.cumsum(sums) / sums.sum() * 777).max() <= 0.5 + 1e-9
    assert state_as_rows(np.zeros(3), 5).tolist() == [0, 0, 0]
    assert state_as_rows(sums, 0).sum() == 0
