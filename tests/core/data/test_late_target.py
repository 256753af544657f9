"""A target that stands among the features and is missing until it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from include.data.schema import Column
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.core.data.conftest import Converted

pytestmark = pytest.mark.core

HEAD = "customer_id,as_of,bill_amount,sex,defaulted\n"
LATE = (
    Column("customer_id", "integer"), Column("as_of", "date"), Column("bill_amount", "number"),
    Column("sex", "category"), Column("defaulted", "late_target"),
)  # fmt: skip
UNKNOWN = HEAD + "1,2005-04-30,1.5,1,\n2,2005-04-30,2.5,2,1\n"


def test_a_late_target_may_be_missing(deliver: Callable[..., Converted], tmp_path: Path) -> None:
    deliver(UNKNOWN, columns=LATE)

    assert pq.read_table(tmp_path / "snapshots" / "snapshot.parquet")["defaulted"].to_pylist() == [None, 1]


def test_a_parquet_file_may_miss_it_too(
    deliver: Callable[..., Converted], parquet: Callable[..., bytes], tmp_path: Path
) -> None:
    deliver(parquet(defaulted=[None, 1]), "parquet", columns=LATE)

    assert pq.read_table(tmp_path / "snapshots" / "snapshot.parquet")["defaulted"].to_pylist() == [None, 1]


def test_the_target_of_a_labels_table_may_not(deliver: Callable[..., Converted]) -> None:
    with pytest.raises(DataError, match="'defaulted'"):
        deliver(UNKNOWN)


def test_a_late_target_of_another_type_is_refused(deliver: Callable[..., Converted]) -> None:
    with pytest.raises(DataError, match=r"'defaulted'.*0 or 1, written as a whole number, or empty"):
        deliver(HEAD + "1,2005-04-30,1.5,1,yes\n2,2005-04-30,2.5,2,1\n", columns=LATE)
