from __future__ import annotations

import numpy as np
import pytest

from include.errors import DataError
from include.training.frame import load_frame

pytestmark = pytest.mark.core


def test_columns_come_in_the_order_of_the_configuration(tmp_path, make_config, write_rows):
    config = make_config(features={"numeric": ["paid_amount", "age"], "categorical": ["sex"]}, sensitive={})
    frame = load_frame(write_rows(tmp_path / "rows.parquet"), config)
    assert list(frame.features.columns) == ["paid_amount", "age", "sex"]
    assert list(frame.keys.columns) == ["customer_id", "as_of"]


def test_numbers_are_floats_and_categories_are_text_with_nan_where_missing(tmp_path, make_config, write_rows):
    path = write_rows(
        tmp_path / "rows.parquet", rows=3, sex=["1", None, "2"], age=[30.0, None, 50.0], defaulted=[0, 1, 0]
    )
    features, target, keys, weights = load_frame(path, make_config())
    assert weights is None
    assert features["age"].dtype == np.float64
    assert features["age"].isna().tolist() == [False, True, False]
    assert features["sex"].dtype == object
    assert [features["sex"][0], features["sex"][2]] == ["1", "2"]
    assert np.isnan(features["sex"][1])
    assert target.tolist() == [0, 1, 0]
    assert keys["customer_id"].tolist() == [0, 1, 2]


def test_a_category_column_without_any_value_is_all_missing(tmp_path, make_config, write_rows):
    path = write_rows(tmp_path / "rows.parquet", rows=4, sex=[None] * 4)
    assert load_frame(path, make_config()).features["sex"].isna().all()


def test_an_absent_file_is_refused(tmp_path, make_config):
    with pytest.raises(DataError, match="does not exist"):
        load_frame(tmp_path / "train.parquet", make_config())
