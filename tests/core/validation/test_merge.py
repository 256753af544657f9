from __future__ import annotations

import pytest

from include.validation.merge import MOST_UNEXPECTED, holds, merge_counts

pytestmark = pytest.mark.core


def part(rows, unexpected=(), missing=0, start=0):
    return {
        "element_count": rows, "unexpected_count": len(unexpected), "missing_count": missing,
        "unexpected_percent": 0.0, "missing_percent": 0.0, "unexpected_percent_total": 0.0,
        "unexpected_percent_nonmissing": 0.0, "partial_unexpected_list": list(unexpected)[:MOST_UNEXPECTED],
        "partial_unexpected_index_list": list(range(start, start + len(unexpected)))[:MOST_UNEXPECTED],
        "partial_unexpected_counts": [],
    }  # fmt: skip


def test_counts_add_up_and_shares_are_taken_anew():
    merged = merge_counts([part(10, [1, 2], missing=5), part(30, [3], missing=15, start=10)])
    assert (merged["element_count"], merged["unexpected_count"], merged["missing_count"]) == (40, 3, 20)
    assert merged["unexpected_percent"] == merged["unexpected_percent_nonmissing"] == pytest.approx(15)
    assert merged["unexpected_percent_total"] == pytest.approx(7.5)
    assert merged["missing_percent"] == pytest.approx(50)


def test_the_first_unexpected_values_are_kept_with_their_places():
    merged = merge_counts([part(50, range(15)), part(50, range(15, 30), start=50)])
    assert merged["partial_unexpected_list"] == list(range(20))
    assert merged["partial_unexpected_index_list"] == [*range(15), *range(50, 55)]


def test_frequent_values_come_first_then_by_value():
    merged = merge_counts([part(5, ["b", "a", "c"]), part(5, ["c", "a", "c"])])
    assert merged["partial_unexpected_counts"] == [
        {"value": "c", "count": 3}, {"value": "a", "count": 2}, {"value": "b", "count": 1},
    ]  # fmt: skip


def test_values_that_can_not_be_compared_are_counted_all_the_same():
    merged = merge_counts([part(5, ["b", 1]), part(5, [1])])
    assert merged["partial_unexpected_counts"] == [{"value": 1, "count": 2}, {"value": "b", "count": 1}]


def test_rows_of_several_columns_are_counted_as_tuples():
    merged = merge_counts([part(5, [{"a": 1, "b": 2}]), part(5, [{"a": 1, "b": 2}])])
    assert merged["partial_unexpected_counts"] == [{"value": (1, 2), "count": 2}]


def test_nothing_at_all_has_no_share():
    merged = merge_counts([part(0), part(0)])
    assert merged["unexpected_percent"] is None
    assert holds(merged, 1.0)


def test_missing_values_alone_contradict_nothing():
    assert holds(merge_counts([part(3, missing=3), part(2, missing=2)]), 1.0)


@pytest.mark.parametrize(("mostly", "expected"), [(0.75, True), (0.76, False), (1.0, False)])
def test_enough_must_be_as_expected_over_all_pieces(mostly, expected):
    """The first piece alone would fail at 0.75, the second would pass at 1."""
    assert holds(merge_counts([part(2, [1]), part(2)]), mostly) is expected
