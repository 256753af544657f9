"""What is finished only where a block needs it is the same as if it were finished everywhere."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from include.data.ingest.finish_rows import find_other_categories, finish_rows, raw_type
from include.data.schema import Column

pytestmark = pytest.mark.core

DAY = date(2005, 4, 30)


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("number", [1.0, float("nan"), None], [1.0, None, None]),
        ("number", [float("inf"), float("-inf")], [float("inf"), float("-inf")]),
        ("number", [1e308, 1e308, float("nan")], [1e308, 1e308, None]),
        ("category", ["a", "", None], ["a", None, None]),
        ("category", ["a", "true"], ["a", "True"]),
        ("category", ["a", " True"], ["a", " True"]),
        ("date", ["2005-04-30"] * 2, [DAY] * 2),
        ("date", ["2005-04-30"], [DAY]),
        ("date", ["2005-04-30", "2005-05-01"], [DAY, date(2005, 5, 1)]),
        ("date", [None, None], [None, None]),
        ("date", ["2005-04-30", None, ""], [DAY, None, None]),
        ("date", ["2005-04-30 00:00:00"] * 2, [DAY] * 2),
    ],
)
@pytest.mark.parametrize("as_text", [True, False])
def test_a_column_is_finished_whatever_else_is_in_it(kind, raw, expected, as_text):
    column = Column("x", kind)
    rows = pl.DataFrame({"x": pl.Series(raw, dtype=raw_type(kind, as_text=as_text))})
    others = find_other_categories(rows, (column,))
    assert finish_rows(rows, (column,), others, as_text=as_text)["x"].to_list() == expected


@pytest.mark.parametrize("day", ["2005-02-30", "2005-4-30", "0000-00-00", "30/04/2005", " 2005-04-30"])
@pytest.mark.parametrize("others", [[], ["2005-04-30"]])
def test_a_day_that_is_none_fails_alone_and_among_others(day, others):
    rows = pl.DataFrame({"x": [day, day, *others]})
    with pytest.raises(pl.exceptions.PolarsError):
        finish_rows(rows, (Column("x", "date"),), {}, as_text=False)
