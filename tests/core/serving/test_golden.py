"""Golden requests: rows of nobody, spread over the predictions, kept to the last digit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from include.errors import DataError, ModelError
from include.serving.compose import HELD_BY, MOST_NAMES
from include.serving.golden import GoldenRequests, record_golden
from include.strict_json import to_json
from tests.world.model_config import make_config

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.training.frame import Frame

pytestmark = pytest.mark.core


class Linear:
    """A model of which each answer follows from the row; it refuses what ``refuses`` finds."""

    def __init__(self, kind: str, classes: list[Any]) -> None:
        self.kind = kind
        if classes:
            self.classes_ = np.array(classes)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return frame["credit_limit"].fillna(0).to_numpy() / 3

    def predict_proba(self, frame: pd.DataFrame) -> np.ndarray:
        part = (frame["age"].fillna(30).to_numpy() / 100)[:, None]
        rest = (1 - part) * np.array([[0.25, 0.75]]) if len(self.classes_) == 3 else 1 - part
        return np.hstack([part, rest])


TASKS = {
    "binary": (make_config(), Linear("binary", [0, 1]), (2,)),
    "multiclass": (
        make_config(task="multiclass", target={"classes": ["a", "b", "c"]}),
        Linear("multiclass", [0, 1, 2]),
        (3,),
    ),
    "regression": (make_config(task="regression"), Linear("regression", []), ()),
}


def rows_of(golden: GoldenRequests) -> pd.DataFrame:
    """Return the rows as whoever serves them reads them from JSON."""
    split = json.loads(golden.body)["dataframe_split"]
    assert list(split) == ["columns", "data"]
    return pd.DataFrame(**split)


@pytest.mark.parametrize("task", TASKS)
def test_each_task_is_recorded_as_an_endpoint_answers(task: str, frame: Frame) -> None:
    config, model, shape = TASKS[task]
    asked = model.predict if task == "regression" else model.predict_proba
    golden = record_golden(model, frame, np.asarray(asked(frame.features)), config)
    assert golden.recorded.shape == (len(golden.rows), *shape)
    assert np.array_equal(asked(rows_of(golden)), golden.recorded)
    assert (golden.unit != 1) == (task == "regression")


def test_the_recorded_predictions_are_those_of_the_model_after_json(
    golden: GoldenRequests, model: Any
) -> None:
    read = GoldenRequests.from_dict(json.loads(to_json(golden.to_dict())))
    assert read.body == golden.body
    assert read == golden
    assert np.array_equal(model.predict_proba(rows_of(read)), golden.recorded)


def test_they_hold_each_category_and_missing_values_and_are_spread(
    golden: GoldenRequests, model: Any, frame: Frame, config: ModelConfig
) -> None:
    rows = rows_of(golden)
    assert list(rows.columns) == list(config.feature_names)
    assert 16 <= len(rows) <= 48
    for name in config.features.categorical:
        assert set(rows[name].dropna()) == set(frame.features[name].dropna())
        assert rows[name].isna().any()
    assert rows["bill_amount"].isna().any()
    assert not rows["age"].isna().any(), "none is missing in the test set"
    chances = golden.recorded[:, 1]
    whole = np.ptp(model.predict_proba(frame.features)[:, 1])
    assert np.ptp(chances) > 0.8 * whole
    assert np.diff(np.sort(chances)).max() < 0.2 * whole


def test_no_row_is_anybodys_and_nothing_tells_who_is_meant(
    golden: GoldenRequests, frame: Frame, config: ModelConfig
) -> None:
    rows = rows_of(golden)
    both = pd.concat([rows, frame.features.drop_duplicates()])
    assert not both.duplicated(keep=False)[: len(rows)].any()
    assert not {"customer_id", "as_of", "defaulted"} & set(rows.columns)
    bills = frame.features["bill_amount"]
    assert rows["bill_amount"].max() < bills.max()
    assert rows["bill_amount"].min() > bills.min()


def test_a_name_that_few_have_is_not_kept(model: Any, frame: Frame, config: ModelConfig) -> None:
    education = frame.features["education"].copy()
    education[:4], education[4 : 4 + HELD_BY] = "a duke", "a baker"
    changed = frame._replace(features=frame.features.assign(education=education))
    rows = rows_of(record_golden(model, changed, np.zeros(len(education)), config))
    assert "a duke" not in set(rows["education"])
    assert "a baker" in set(rows["education"])
    keys = frame.keys.copy()
    keys.iloc[4 : 4 + HELD_BY, 0] = 7  # they are one and the same
    rows = rows_of(record_golden(model, changed._replace(keys=keys), np.zeros(len(education)), config))
    assert "a baker" not in set(rows["education"])


def test_a_column_of_names_that_are_all_different_stays_empty(
    model: Any, frame: Frame, config: ModelConfig
) -> None:
    names = pd.Series([f"name {number}" for number in range(len(frame.target))], dtype=object)
    changed = frame._replace(features=frame.features.assign(education=names))
    rows = rows_of(record_golden(model, changed, np.zeros(len(names)), config))
    assert rows["education"].isna().all()


def test_of_many_categories_the_most_frequent_are_kept(model: Any, frame: Frame, config: ModelConfig) -> None:
    places = pd.Series(np.resize([f"p{number:02}" for number in range(60)], len(frame.target)), dtype=object)
    changed = frame._replace(features=frame.features.assign(education=places))
    golden = record_golden(model, changed, np.zeros(len(places)), config)
    assert len(set(rows_of(golden)["education"].dropna())) == MOST_NAMES
    assert len(golden.rows) <= 48


def test_the_same_test_set_gives_the_same_requests(
    golden: GoldenRequests, model: Any, frame: Frame, config: ModelConfig
) -> None:
    again = record_golden(model, frame, np.zeros(len(frame.target)), config)
    assert again.to_dict() == golden.to_dict()


def test_where_there_are_no_other_rows_those_of_all_are_asked(config: ModelConfig, frame: Frame) -> None:
    features = frame.features.assign(**dict.fromkeys(config.features.numeric, 1.0))
    features = features.assign(**dict.fromkeys(config.features.categorical, "1"))
    golden = record_golden(
        TASKS["binary"][1], frame._replace(features=features), np.zeros(len(features)), config
    )
    assert len(golden.rows) == 1


def test_a_model_that_fails_on_composed_rows_says_so(frame: Frame, config: ModelConfig) -> None:
    class Fails(Linear):
        def predict_proba(self, frame: pd.DataFrame) -> np.ndarray:
            raise ZeroDivisionError("age less age")

    with pytest.raises(
        ModelError, match=r"composed of values of the test set \(ZeroDivisionError: age less age"
    ):
        record_golden(Fails("binary", [0, 1]), frame, np.zeros(len(frame.target)), config)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"predictions": []}, "rows and 0 predictions"),
        ({"predictions": None}, "damaged"),
        ({"unit": 0}, "no numbers"),
        ({"dataframe_split": {"columns": []}}, "the key 'data' is missing"),
        ({"format": 2}, "knows only format 1"),
    ],
)
def test_damaged_requests_are_refused(golden: GoldenRequests, change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        GoldenRequests.from_dict(golden.to_dict() | change)


def test_infinities_of_the_test_set_are_not_asked(model: Any, frame: Frame, config: ModelConfig) -> None:
    bills = frame.features["bill_amount"].copy()
    bills[:50] = np.inf
    changed = frame._replace(features=frame.features.assign(bill_amount=bills))
    golden = record_golden(model, changed, np.zeros(len(bills)), config)
    assert b"Infinity" not in golden.body
    assert replace(golden, model="m").model == "m"
