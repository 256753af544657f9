"""The groups of the columns that a model is watched by, the largest of each."""

from __future__ import annotations

import pyarrow as pa
import pytest

from include.monitoring.slices.groups import MOST_GROUPS, cut_groups
from tests.core.monitoring.slices.test_group_drift import CONFIG

pytestmark = pytest.mark.core


def cut(education):
    rows = len(education)
    table = pa.table({
        "sex": pa.array(["1", None] * (rows // 2)),
        "age": pa.array([30.0, 50.0] * (rows // 2)),
        "education": pa.array(education),
    })
    return cut_groups(table, CONFIG)


def test_groups_are_those_of_sensitive_columns_and_of_those_that_monitoring_adds():
    groups, left_out = cut(["2", "1", "1", "1"])
    assert [one.name for one in groups] == [
        "sex=1", "sex=missing", "age < 40", "age >= 40", "education=1", "education=2",
    ]  # fmt: skip
    assert [one.rows.tolist() for one in groups[:2]] == [[0, 2], [1, 3]]
    assert left_out == 0


@pytest.mark.parametrize(("categories", "left_out"), [(MOST_GROUPS, 0), (MOST_GROUPS + 2, 2)])
def test_the_largest_groups_of_a_column_are_kept_in_their_order(categories, left_out):
    """The first category has one row, the next one two, and so on."""
    names = [f"{number:02d}" for number in range(categories)]
    groups, found = cut([name for number, name in enumerate(names) for _ in range(2 * number + 2)])
    assert [one.group for one in groups if one.column == "education"] == names[left_out:]
    assert found == left_out
    assert len([one for one in groups if one.column == "sex"]) == 2
