"""Which rows of a partition have a label, and which of them are held out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.labelled_rows import label_rows
from include.data.labels import Labels
from include.data.splits import Holdout
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core

APRIL = "2005-04-30"


@pytest.fixture
def features(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes ids and their dates."""

    def write(ids: list[int | None], dates: list[str | None] | None = None) -> Path:
        moments = [one and date.fromisoformat(one) for one in dates or [APRIL] * len(ids)]
        table = {"customer_id": pa.array(ids, pa.int64()), "as_of": pa.array(moments, pa.date32())}
        pq.write_table(pa.table(table), tmp_path / "features.parquet")
        return tmp_path / "features.parquet"

    return write


def labels_of(known: dict[int, int]) -> Labels:
    return Labels(
        keys=pa.array(list(known), pa.int64()),
        targets=np.array(list(known.values()), dtype=np.int8),
        known_on="2005-05-31",
    )


def test_each_row_gets_the_label_of_its_entity(features, make_config):
    path = features([30, 10, 40, 20])
    rows, coverage = label_rows(APRIL, path, labels_of({20: 1, 30: 0, 10: 1, 99: 0, 98: 1}), make_config())
    assert rows.entities.to_pylist() == [10, 20, 30]
    assert rows.rows.tolist() == [1, 3, 0], "where they stand in the file"
    assert rows.targets.tolist() == [1, 1, 0]
    assert (coverage.rows, coverage.labelled, coverage.labels_without_features) == (4, 3, 2)


def test_without_labels_there_are_no_rows(features, make_config):
    rows, coverage = label_rows(APRIL, features([1, 2]), None, make_config())
    assert rows is None
    assert (coverage.rows, coverage.labelled, coverage.labels_without_features) == (2, 0, 0)


def test_labels_of_others_alone_give_no_rows(features, make_config):
    rows, coverage = label_rows(APRIL, features([1, 2]), labels_of({7: 1}), make_config())
    assert rows is None
    assert (coverage.rows, coverage.labelled, coverage.labels_without_features) == (2, 0, 1)


def test_the_holdout_is_the_one_that_was_asked_for(features, make_config):
    config, path, known = make_config(), features(list(range(200))), labels_of(dict.fromkeys(range(200), 1))
    other = Holdout(seed=config.split.seed + 1, share=0.5)
    for holdout, expected in ((None, Holdout.of(config)), (other, other)):
        rows, _ = label_rows(APRIL, path, known, config, holdout=holdout)
        assert rows.held_out.tolist() == expected.select(rows.entities).tolist()


def test_picked_rows_keep_their_labels(features, make_config):
    rows, _ = label_rows(APRIL, features([3, 1, 2]), labels_of({1: 0, 2: 1, 3: 1}), make_config())
    picked = rows.pick(np.array([False, True, True]))
    assert (picked.partition, picked.entities.to_pylist()) == (APRIL, [2, 3])
    assert (picked.rows.tolist(), picked.targets.tolist()) == ([2, 0], [1, 1])
    assert picked.held_out.tolist() == rows.held_out[1:].tolist()


@pytest.mark.parametrize(
    ("ids", "dates", "message"),
    [
        ([1, None], None, r"features of 2005-04-30: 1 of 2 rows have no '?customer_id"),
        ([1, 2], [APRIL, None], r"features of 2005-04-30: 1 of 2 rows have no '?as_of"),
        ([1, 1, 2, 2, 2, 3], None, r"2 values of '?customer_id'? occur more than once \(such as 1, 2\)"),
        ([*range(9)] * 2, None, r"9 values of .* \(such as 0, 1, 2, 3, 4\)"),
        ([1, 2], [APRIL, "2005-05-01"], r"hold rows of 2005-05-01: expected '?as_of'? = 2005-04-30"),
        (
            [*range(7)],
            [APRIL, *(f"2005-05-0{day}" for day in range(1, 7))],
            r"rows of 2005-05-01, 2005-05-02, 2005-05-03, 2005-05-04, 2005-05-05: expected",
        ),
    ],
)
def test_rows_that_cannot_be_told_apart_are_refused(features, make_config, ids, dates, message):
    with pytest.raises(DataError, match=message):
        label_rows(APRIL, features(ids, dates), labels_of({1: 1}), make_config())


def test_a_refusal_names_what_the_file_holds(features, make_config):
    with pytest.raises(DataError, match="predictions of 2005-04-30: 1 of 2 rows"):
        label_rows(APRIL, features([1, None]), labels_of({1: 1}), make_config(), holds="predictions")
