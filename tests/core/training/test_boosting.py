"""LightGBM and XGBoost as a model's estimator: the types that the docs list, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.errors import ModelError
from include.training.fit import fit
from include.training.persist import check_trusted, dump_model, load_model
from include.training.predict import predict_scores

pytestmark = pytest.mark.core

DOCS = Path(__file__).parents[3] / "docs" / "bring-your-own-model.md"
FLOORS = {"regression": {"rmse": 1e9}, "multiclass": {"accuracy": 0.1}}
CASES = [
    ("LGBMClassifier", "binary"),
    ("LGBMClassifier", "multiclass"),
    ("LGBMRegressor", "regression"),
    ("XGBClassifier", "binary"),
    ("XGBClassifier", "multiclass"),
    ("XGBRegressor", "regression"),
]


def documented(name: str) -> list[str]:
    """Return the types that the page lists for an estimator."""
    row = re.search(rf"^\| `{name}` \| (.*) \|$", DOCS.read_text(), re.MULTILINE)
    assert row is not None, f"{DOCS.name} has no row for {name}"
    return re.findall(r"`([^`]+)`", row[1])


def replace(file: Path, **columns) -> Path:
    """Give a file other columns, or more of them."""
    table = pq.read_table(file)
    for name, values in columns.items():
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, pa.array(values))
        else:
            table = table.append_column(name, pa.array(values))
    pq.write_table(table, file)
    return file


def estimator(name, config, **parameters):
    library = pytest.importorskip(
        "lightgbm" if name.startswith("LGBM") else "xgboost", reason="requirements-boosting.txt"
    )
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    nan = float("nan")
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=nan, encoded_missing_value=nan)
    columns = ColumnTransformer([
        ("numeric", "passthrough", list(config.features.numeric)),
        ("categorical", encode, list(config.features.categorical)),
    ])
    quiet = {"verbose": -1} if name.startswith("LGBM") else {}
    settings = {"n_estimators": 5, "n_jobs": 1, "random_state": 0} | quiet | parameters
    return Pipeline([("columns", columns), ("model", getattr(library, name)(**settings))])


@pytest.fixture
def fitted(make_config, write_rows, tmp_path):
    def make(name, task, **parameters):
        fields, rows = {}, {}
        rng = np.random.default_rng(0)
        if task == "multiclass":
            fields = {"target": {"classes": ["a", "b", "c"]}}
            rows = {"defaulted": rng.choice(["a", "b", "c"], 500)}
        if task == "regression":
            rows = {"defaulted": rng.normal(10, 3, 500)}
        if task != "binary":
            fields["gate"] = {"primary": next(iter(FLOORS[task])), "floors": FLOORS[task]}
            fields["task"] = task
        config = make_config(**fields)
        data = replace(write_rows(tmp_path / "train.parquet"), **rows)
        return fit(data, config, estimator(name, config, **parameters)), config

    return make


@pytest.mark.parametrize(("name", "task"), CASES)
def test_a_model_comes_back_with_the_same_predictions_by_the_types_of_the_page(fitted, name, task):
    made, config = fitted(name, task)
    types = documented(name)
    loaded = load_model(dump_model(made.model, types), types)
    expected = predict_scores(made.model, made.frame.features, config)
    assert predict_scores(loaded, made.frame.features, config).tobytes() == expected.tobytes()


@pytest.mark.parametrize(("name", "task"), CASES)
def test_the_page_lists_no_type_that_is_not_needed(fitted, name, task):
    made, _ = fitted(name, task)
    for lacking in documented(name):
        with pytest.raises(ModelError, match=re.escape(f"reviewed: {lacking}. Loading")):
            check_trusted(made.model, [one for one in documented(name) if one != lacking])


@pytest.mark.parametrize(("name", "task"), CASES)
def test_fitting_again_gives_the_same_predictions(fitted, name, task):
    first, config = fitted(name, task)
    again, _ = fitted(name, task)
    expected = predict_scores(first.model, first.frame.features, config)
    assert predict_scores(again.model, first.frame.features, config).tobytes() == expected.tobytes()


def test_early_stopping_without_rows_of_its_own_fails_with_what_to_check(fitted):
    with pytest.raises(ModelError, match=r"check estimator\.py and estimator\.parameters in model\.yaml"):
        fitted("XGBClassifier", "binary", early_stopping_rounds=3)


@pytest.mark.parametrize("name", ["LGBMClassifier", "XGBClassifier"])
def test_weights_reach_fit(make_config, write_rows, tmp_path, name):
    config = make_config(weight={"column": "exposure"})
    flat = replace(write_rows(tmp_path / "flat.parquet"), exposure=np.ones(500))
    steep = replace(write_rows(tmp_path / "steep.parquet"), exposure=np.arange(500.0) + 1)
    one, other = (fit(rows, config, estimator(name, config)) for rows in (flat, steep))
    assert not np.allclose(
        predict_scores(one.model, one.frame.features, config),
        predict_scores(other.model, one.frame.features, config),
    )
