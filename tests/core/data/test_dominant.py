from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.dataset_record import DominantColumn
from include.data.dominant import find_dominant, warnings_of

pytestmark = pytest.mark.core
ROWS = 3_000


@pytest.fixture
def find(tmp_path, write_rows, make_config):
    """Return a function that replaces columns of a training set and returns what is found dominant."""

    def find(make=None, rows=ROWS, **changes):
        path = write_rows(tmp_path / "train.parquet", rows=rows)
        if make:
            table = pq.read_table(path)
            columns = make(table["defaulted"].to_numpy(), np.random.default_rng(0))
            path = write_rows(tmp_path / "train.parquet", rows=rows, **columns)
        return find_dominant(path, make_config(**changes))

    return find


def leaks(**columns):
    """Return a function of target and generator that gives columns; each value is one such function."""
    return lambda target, rng: {name: make(target, rng) for name, make in columns.items()}


def noisy(spread):
    return lambda target, rng: target * 10.0 + rng.normal(0, 10 * spread, len(target))


def absent_for(label):
    return lambda target, rng: pa.array(rng.normal(0, 1, len(target)), mask=target == label)


def spelled(target, rng):
    return np.where(
        target == 1, "charged off", np.where(rng.random(len(target)) < 0.5, "paid", "open")
    ).tolist()


def numbered_by_outcome(target, rng):
    return np.argsort(np.argsort(target + rng.random(len(target)) / 9)) * 1.0


def test_honest_features_that_share_the_work_are_not_named(find):
    assert find(leaks(age=noisy(1.0), pay_status=noisy(1.0))) == ()


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"age": noisy(0.1)}, "age"),
        ({"age": noisy(0.5)}, "age"),
        ({"age": lambda target, rng: (1 - target) * rng.choice([-1.0, 1.0], len(target))}, "age"),
        ({"age": absent_for(0)}, "age"),
        ({"age": absent_for(1)}, "age"),
        ({"sex": spelled}, "sex"),
        ({"age": numbered_by_outcome}, "age"),
        ({"age": noisy(0.3), "bill_amount": noisy(0.3)}, "age"),
    ],
    ids=["exact", "with noise", "in the middle", "given for one class", "missing for one class", "as a word",
         "ids given by outcome", "two of a kind"],
)  # fmt: skip
def test_a_column_that_knows_the_label_is_named(find, columns, named):
    found = find(leaks(**columns))
    assert set(columns) == {one.column for one in found}
    one = next(one for one in found if one.column == named)
    assert one.auc > 0.9
    assert one.share > 0.85
    assert f"features.allow_dominant: [{named}]" in one.remedy()


@pytest.mark.parametrize(("label", "column"), [(0, "age"), (1, "age")])
def test_a_column_that_knows_by_its_absence_is_named_as_such(find, label, column):
    (found,) = find(leaks(**{column: absent_for(label)}))
    assert found.missing
    assert found.describe().startswith("whether it is missing alone reaches an AUC of")


@pytest.mark.parametrize(
    "columns",
    [
        {"age": lambda target, rng: np.zeros(len(target))},
        {"age": lambda target, rng: pa.array([None] * len(target), pa.float64())},
        {"sex": lambda target, rng: pa.array([None] * len(target), pa.string())},
        {"sex": lambda target, rng: [f"id {at}" for at in range(len(target))]},
        {"age": lambda target, rng: np.arange(len(target)) * 1.0},
        {"age": lambda target, rng: (2.0 * target - 1) * 1e300 * (rng.random(len(target)) < 0.01)},
        {"age": lambda target, rng: rng.permutation(target) * 1.0},
    ],
    ids=["constant", "empty number", "empty word", "unique word", "running number", "huge", "shuffled label"],
)
def test_odd_columns_are_neither_named_nor_in_the_way(find, columns):
    assert not {one.column for one in find(leaks(**columns))} & set(columns)


@pytest.mark.parametrize("rows", [1, 10, 60])
def test_few_rows_tell_nothing(find, rows):
    assert find(leaks(age=noisy(0.0)), rows=rows) == ()


def test_a_single_feature_that_knows_the_label_is_named(find):
    features = {"numeric": ["age"], "categorical": []}
    (found,) = find(leaks(age=noisy(0.1)), features=features, sensitive={})
    assert (found.column, found.rest) == ("age", 0.5)


def test_the_same_rows_give_the_same_answer(find):
    assert find(leaks(age=noisy(0.4))) == find(leaks(age=noisy(0.4)))


def test_a_large_training_set_is_sampled(find, monkeypatch):
    monkeypatch.setattr("include.data.dominant.ROWS", 1_000)
    (found,) = find(leaks(age=noisy(0.1)))
    assert found.column == "age"


def test_the_warning_stands_out_unless_the_column_is_allowed(make_config):
    class Record:
        dominant = (DominantColumn(column="age", auc=0.977, rest=0.71, share=0.99),)

    (warning,) = warnings_of(Record(), make_config())
    assert "WARNING dominant column age: it alone reaches an AUC of 0.977" in warning
    assert "features.allow_dominant: [age]" in warning
    assert not warnings_of(Record(), make_config(features={"allow_dominant": ["age"]}))


def test_to_allow_a_column_is_no_reason_to_train_again(make_config):
    assert make_config(features={"allow_dominant": ["age"]}).digest == make_config().digest
