"""The column of a weight: read with its rows, refused where it says nothing, and given to the estimator."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.config.fit_weights import weight_parameter
from include.data.arrow_schema import arrow_schema
from include.data.dataset import build_dataset
from include.data.schema import table_columns
from include.data.weights import read_weights
from include.errors import DataError
from include.evaluation import compare
from include.evaluation.measure_exactly import measure_exactly
from include.evaluation.streaming.measure_stream import measure_stream
from include.scoring.predictions import Stamp, names_rows
from include.scoring.score import score_snapshot
from include.training.fit import fit
from include.validation.builtin_rules import builtin_rules
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core

DAY, KNOWN = "2005-04-30", "2005-05-31"
WEIGHTED = {
    "weight": {"column": "exposure"},
    "source": {"labels": None},
    "features": {"numeric": ["x", "age"], "categorical": ["sex"]},
    "gate": {"min_rows": 50, "min_positives": 5, "slices": {"min_rows": 20}},
    "split": {"out_of_time": False},
    "window": {"partitions": 1, "min_rows": 10},
}


def configure(**changes):
    config = make_config(**{**WEIGHTED, **changes})
    return config.model_copy(update={"sensitive": {"sex": config.sensitive["sex"]}})


CONFIG, UNWEIGHTED = configure(), configure(weight=None)


def write(path: Path, exposure, rows=600, config=CONFIG):
    """Write a snapshot: only heavy rows, of sex 1, show that x foretells the target."""
    rng = np.random.default_rng(1)
    x, sex = rng.normal(size=rows), rng.choice(["1", "2"], rows)
    target = (x + rng.normal(size=rows) > 0).astype(np.int8)
    target[sex == "2"] = 1 - target[sex == "2"]
    values = {
        "customer_id": np.arange(rows),
        "as_of": np.full(rows, np.datetime64(DAY)),
        "x": x,
        "age": rng.normal(40, 10, rows),
        "sex": sex,
        "exposure": exposure(sex) if callable(exposure) else exposure,
        "defaulted": target,
    }
    schema = arrow_schema(table_columns(config, "features"))
    pq.write_table(pa.table({name: values[name] for name in schema.names}, schema=schema), path)
    return path


def heavy_ones(sex):
    return np.where(sex == "1", 10.0, 0.1)


def dataset(tmp_path, exposure=heavy_ones, config=CONFIG):
    path = write(tmp_path / "features.parquet", exposure, config=config)
    return build_dataset({DAY: path}, {}, config, KNOWN, tmp_path / "dataset")


def estimator():
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    numeric = ColumnTransformer([("numeric", "passthrough", ["x", "age"])])
    return Pipeline([("columns", numeric), ("classifier", LogisticRegression())])


def column(values):
    return pa.table({"exposure": pa.array(values, pa.float64())})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.0, None, 2.0], "1 missing of 3 weights"),
        ([1.0, float("nan")], "1 missing of 2 weights"),
        ([1.0, -2.0], "1 negative of 2 weights"),
        ([1.0, float("inf")], "1 infinite of 2 weights"),
        ([None, -1.0, float("-inf")], "1 missing, 2 negative, 1 infinite of 3 weights"),
        ([0.0, 0.0], "all 2 weights in exposure are 0"),
    ],
)
def test_a_weight_that_says_nothing_is_refused(values, said):
    with pytest.raises(DataError, match="features of 2005-04-30") as caught:
        read_weights(column(values), CONFIG, f"features of {DAY}")
    assert said in str(caught.value)
    assert "expected" in str(caught.value)


def test_without_a_weight_no_column_is_read():
    assert read_weights(pa.table({}), make_config(), "rows") is None


def test_rows_of_weight_nothing_are_neither_learned_from_nor_tested_on(tmp_path):
    found = dataset(tmp_path, lambda sex: np.where(sex == "1", 2.0, 0.0))
    for name in ("train.parquet", "test.parquet"):
        table = pq.read_table(tmp_path / "dataset" / name)
        assert set(table["sex"].to_pylist()) == {"1"}
        assert set(table["exposure"].to_pylist()) == {2.0}
    assert found.train.rows + found.test.rows < 400
    assert found.coverage[0].rows == found.coverage[0].labelled == 600


def test_the_record_knows_the_share_of_positives_by_weight(tmp_path):
    found = dataset(tmp_path)
    table = pq.read_table(tmp_path / "dataset" / "train.parquet")
    target, weights = (table[name].to_numpy() for name in ("defaulted", "exposure"))
    assert found.train.rate == pytest.approx((target * weights).sum() / weights.sum())
    assert found.train.rate != pytest.approx(target.mean())


def test_fitting_counts_rows_by_their_weight(tmp_path):
    """By rows x foretells nothing; by weight it does, and what weights are measured in changes nothing."""
    dataset(tmp_path)
    train = tmp_path / "dataset" / "train.parquet"
    slope = fit(train, CONFIG, estimator()).model[-1].coef_[0][0]
    assert slope > 0.8
    assert abs(fit(train, UNWEIGHTED, estimator()).model[-1].coef_[0][0]) < 0.3
    dataset(tmp_path, lambda sex: 1e6 * heavy_ones(sex))
    assert fit(train, CONFIG, estimator()).model[-1].coef_[0][0] == pytest.approx(slope, rel=1e-9)


def test_an_estimator_says_how_it_takes_weights():
    from sklearn import config_context
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    assert weight_parameter(estimator()) == "classifier__sample_weight"
    assert weight_parameter(make_pipeline(KNeighborsClassifier())) is None
    assert weight_parameter(GridSearchCV(Ridge(), {"alpha": [1.0]})) is None
    with config_context(enable_metadata_routing=True):
        asking = Ridge().set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        assert weight_parameter(GridSearchCV(asking, {"alpha": [1.0]})) == "sample_weight"


def scores(test, config=CONFIG):
    rng = np.random.default_rng(2)
    x = pq.read_table(test)["x"].to_numpy()
    return {
        name: 1 / (1 + np.exp(-x * slope + rng.normal(0, 0.3, len(x))))
        for name, slope in (("candidate", 2.0), ("champion", 0.5))
    }


def test_an_evaluation_counts_rows_by_their_weight_and_a_stream_finds_the_same(tmp_path):
    record = dataset(tmp_path)
    test = tmp_path / "dataset" / "test.parquet"
    exact, streamed = (
        measure(test, scores(test), CONFIG, record.train) for measure in (measure_exactly, measure_stream)
    )
    unweighted = measure_exactly(test, scores(test), UNWEIGHTED, record.train)
    assert exact.candidate["roc_auc"].value > 0.7 > unweighted.candidate["roc_auc"].value + 0.1
    assert (exact.rows, exact.positives) == (streamed.rows, streamed.positives)
    for part in ("candidate", "champion", "gains", "over_trivial"):
        ours, theirs = getattr(exact, part), getattr(streamed, part)
        assert ours.keys() == theirs.keys()
        for name in ours.keys() - {"calibration_error"}:  # whose bins differ on so few rows
            width = ours[name].high - ours[name].low
            assert theirs[name].value == pytest.approx(ours[name].value, abs=0.005 * width), (part, name)
    for ours, theirs in zip(exact.slices, streamed.slices, strict=True):
        assert (ours.name, ours.rows, ours.note) == (theirs.name, theirs.rows, theirs.note)
        assert theirs.candidate == pytest.approx(ours.candidate, abs=1e-3)


def test_predictions_repeat_the_weight(tmp_path):
    dataset(tmp_path)
    model = fit(tmp_path / "dataset" / "train.parquet", CONFIG, estimator()).model
    stamp = Stamp(**{field.name: "1" for field in fields(Stamp)})
    score_snapshot(tmp_path / "features.parquet", model, CONFIG, tmp_path / "predictions.parquet", stamp)
    found = pq.read_table(tmp_path / "predictions.parquet")
    assert found.column_names == ["customer_id", "as_of", "exposure", "score"]
    assert found["exposure"].equals(pq.read_table(tmp_path / "features.parquet")["exposure"])
    assert names_rows(tmp_path / "predictions.parquet", CONFIG)


def test_predictions_from_before_rows_had_weights_do_not_count_as_theirs(tmp_path):
    dataset(tmp_path, config=CONFIG)
    model = fit(tmp_path / "dataset" / "train.parquet", UNWEIGHTED, estimator()).model
    stamp = Stamp(**{field.name: "1" for field in fields(Stamp)})
    score_snapshot(tmp_path / "features.parquet", model, UNWEIGHTED, tmp_path / "old.parquet", stamp)
    assert names_rows(tmp_path / "old.parquet", UNWEIGHTED)
    assert not names_rows(tmp_path / "old.parquet", CONFIG)


def test_every_delivery_holds_rules_about_its_weight():
    found = [
        rule
        for rule in builtin_rules(CONFIG, "features", DAY, KNOWN, rows=600)
        if rule.kwargs.get("column") == "exposure"
    ]
    assert [(rule.type, rule.severity) for rule in found] == [
        ("expect_column_values_to_not_be_null", "critical"),
        ("expect_column_values_to_be_between", "critical"),
        ("expect_column_max_to_be_between", "critical"),
    ]


def test_a_weight_decides_what_is_trained_and_none_leaves_digests_as_they_were():
    assert CONFIG.digest != UNWEIGHTED.digest
    assert CONFIG.data_digest != UNWEIGHTED.data_digest
    assert "exposure" not in CONFIG.feature_names
    assert compare.STREAMED_FROM == 1_000_000
