"""A new statistic is two entries: all that builds a profile, checks a batch and words the verdict follows."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from include.config.drift_statistics import STATISTICS, Statistic, names_for
from include.monitoring.drift.check import check_drift
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.histogram.distances import DISTANCES, Distance
from include.monitoring.profile.build import build_profile
from include.monitoring.profile.profile import Profile

pytestmark = pytest.mark.core

ROWS = 4_000


def hellinger(reference, counts, bins):
    p, q = (bins.pool(part, reference) for part in (reference, counts))
    p, q = (part / np.maximum(part.sum(axis=-1, keepdims=True), 1) for part in (p, q))
    return np.sqrt(np.maximum(1 - np.sqrt(p * q).sum(axis=-1), 0))


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setitem(
        STATISTICS,
        "hellinger",
        Statistic(
            name="hellinger", label="Hellinger distance", kinds=("numeric", "categorical"), highest=1.0,
            description="Hellinger distance.", source="Hellinger 1909",
        ),
    )  # fmt: skip
    monkeypatch.setitem(DISTANCES, "hellinger", Distance(measure=hellinger))


@pytest.mark.usefixtures("registered")
def test_a_statistic_that_has_both_entries_is_calibrated_checked_and_named(tmp_path, write_rows, make_config):
    own = {"statistic": "hellinger", "threshold": 0.15}
    config = make_config(monitoring={"drift": {"numeric": own, "categorical": own}})
    train = write_rows(tmp_path / "train.parquet", rows=ROWS)
    scores = np.random.default_rng(0).random(ROWS)
    profile = Profile.from_json(build_profile(train, config, scores).to_json())
    calibrated = {*profile.null_distributions["age"], *profile.null_distributions["sex"]}
    assert {null.statistic for null in calibrated} == {"hellinger", "missing_share"}
    assert profile.prediction_null_distributions[0].statistic == "hellinger"

    def check(**columns):
        table = pq.read_table(write_rows(tmp_path / "batch.parquet", rows=ROWS, seed=1, **columns))
        return check_drift(profile, profile.count(table, scores), config.monitoring.drift)

    assert check().decision == "no drift"
    drifted = check(age=np.full(ROWS, 30.0) + np.arange(ROWS) % 20, sex=["1"] * 3_800 + ["2"] * 200)
    assert {one.name for one in drifted.drifted} == {"age", "sex"}
    assert "Hellinger distance" in write_verdict(drifted).to_text()
    assert "hellinger" in names_for("numeric")
    assert "hellinger" in names_for("categorical")
