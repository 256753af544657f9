from __future__ import annotations

import dataclasses
import json
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.dominant import find_dominant, warnings_of
from include.data.dominant_column import DominantColumn

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


def twins(target, rng):
    first = noisy(0.7)(target, rng)
    return {"age": first, "credit_limit": 3 - first / 7}


def test_two_copies_of_a_leak_do_not_hide_each_other(find):
    """Each is among the others of the other, which then reach as much without it."""
    noise = {
        name: lambda target, rng: rng.normal(0, 1, len(target)) for name in ("pay_status", "bill_amount")
    }
    found = find(lambda target, rng: twins(target, rng) | leaks(**noise)(target, rng))
    assert {one.column: one.alike for one in found} == {
        "age": ("credit_limit",),
        "credit_limit": ("age",),
    }
    assert found[0].auc < 0.9
    assert all(one.rest < 0.6 for one in found)
    assert "all others but credit_limit, which tell as much, together reach" in next(
        one.describe() for one in found if one.column == "age"
    )


def only_in(partition, make):
    """Return a function that leaks in one partition of three and is noise in the others."""

    def column(target, rng):
        days = np.repeat([0, 1, 2], ROWS // 3)
        return np.where(days == partition, make(target, rng), make(rng.permutation(target), rng))

    return column


def begun(found):
    return [one for one in found if one.partition]


DAYS = [date(2005, month, 28) for month in (4, 5, 6) for _ in range(ROWS // 3)]


@pytest.mark.parametrize("spread", [0.0, 0.5, 0.8])
def test_a_leak_that_began_with_the_newest_partition_is_named(find, spread):
    (found,) = begun(find(leaks(age=only_in(2, noisy(spread)), as_of=lambda target, rng: DAYS)))
    assert (found.column, found.partition) == ("age", "2005-06-28")
    assert "on the training rows of 2005-06-28, and not before" in found.describe()
    assert DominantColumn.from_plain(json.loads(json.dumps(dataclasses.asdict(found)))) == found


def test_a_leak_by_absence_in_the_newest_partition_is_named(find):
    def absent(target, rng):
        newest = np.repeat([False, False, True], ROWS // 3)
        return pa.array(rng.normal(size=ROWS), mask=newest & (target == 1))

    (found,) = begun(find(leaks(age=absent, as_of=lambda target, rng: DAYS)))
    assert (found.column, found.missing, found.partition) == ("age", True, "2005-06-28")


def test_partitions_alike_name_no_column(find):
    assert begun(find(leaks(as_of=lambda target, rng: DAYS))) == []
    assert begun(find(leaks(age=only_in(0, noisy(0.0)), as_of=lambda target, rng: DAYS))) == []


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


def test_to_allow_a_column_is_not_a_reason_to_train_again(make_config):
    assert make_config(features={"allow_dominant": ["age"]}).digest == make_config().digest
