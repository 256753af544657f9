"""Every kind of column knows which types of a database it takes, and how they are cast."""

from __future__ import annotations

from typing import get_args

import pytest

from include.data.schema import Column, Kind
from include.data.sources.sql_types import ACCEPTED, ResultColumn, check_types, type_fault
from include.errors import DataError

pytestmark = pytest.mark.core


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_column_takes_some_type_and_names_a_cast(kind: Kind) -> None:
    column = Column("x", kind)
    for found in ACCEPTED[kind]:
        check_types([ResultColumn("x", found)], [column], "the query")
    with pytest.raises(DataError, match="column 'x' has the type bytea; expected"):
        check_types([ResultColumn("x", "bytea")], [column], "the query")
    assert "CAST(x AS " in type_fault(column, "bytea")


def test_a_name_that_needs_quotes_has_them_in_the_cast() -> None:
    assert 'CAST("Net Income" AS double precision) AS "Net Income"' in type_fault(
        Column("Net Income", "number"), "text"
    )
