"""What the tests of conversion share: a small table and a way to deliver it in any form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from include.data.dataset_files import file_digest
from include.data.ingest.convert import convert
from include.data.schema import Column

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COLUMNS = (
    Column("customer_id", "integer"),
    Column("as_of", "date"),
    Column("bill_amount", "number"),
    Column("sex", "category"),
    Column("defaulted", "target"),
)
ORIGIN = "s3://deliveries/accounts/as_of=2005-04-30/accounts"


class Converted(NamedTuple):
    """A snapshot: its number of rows, and the digest of its bytes."""

    rows: int
    sha256: str


@pytest.fixture
def columns() -> tuple[Column, ...]:
    """The columns of the small table."""
    return COLUMNS


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Converted]:
    """Return a function that writes bytes as a delivery and converts it to ``snapshot.parquet``."""

    def run(content: str | bytes, fmt: str = "csv", columns: tuple[Column, ...] = COLUMNS) -> Converted:
        source = tmp_path / f"delivered.{fmt}"
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        target = tmp_path / "snapshots" / "snapshot.parquet"
        rows = convert([source], fmt=fmt, columns=columns, target=target, origin=f"{ORIGIN}.{fmt}")
        return Converted(rows, file_digest(target))

    return run


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[..., bytes]:
    """Return a function that gives the bytes of a Parquet file: two good rows, with some columns replaced."""
    from datetime import date

    import pyarrow as pa
    import pyarrow.parquet as pq

    good: dict[str, Any] = {
        "customer_id": [1, 2],
        "as_of": [date(2005, 4, 30)] * 2,
        "bill_amount": [1.5, None],
        "sex": ["1", None],
        "defaulted": [0, 1],
    }

    def content(**replaced: Any) -> bytes:
        columns = {**good, **{name: values for name, values in replaced.items() if values is not None}}
        for name, values in replaced.items():
            if values is None:
                del columns[name]
        path = tmp_path / "built.parquet"
        pq.write_table(pa.table(columns), path)
        return path.read_bytes()

    return content
