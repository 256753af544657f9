"""What PostgreSQL's types become, and names and values as awkward as they can be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from include.data.sources import batches
from include.errors import DataError
from tests.world.query_table import READS, query_table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.postgres import Database

pytestmark = pytest.mark.integration

TYPES = """
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (a int, b int);
CREATE DOMAIN percent AS numeric(5, 2);
CREATE TABLE accounts (customer_id bigint, as_of date)
"""


def read(query: str, scratch: Path, **table: Any) -> dict[str, list[Any]]:
    """Return the rows of January 2024."""
    source = query_table(query, **table)
    source.partitions()
    found: dict[str, list[Any]] = pq.read_table(source.fetch("2024-01-31", scratch).files[0]).to_pydict()
    return found


@pytest.mark.parametrize(
    ("amount", "becomes"),
    [
        ("7::smallint", 7.0),
        ("'NaN'::numeric", math.nan),
        ("12.5::percent", 12.5),
        ("0.1::real", pytest.approx(0.1, rel=1e-7)),
        ("123456789012345678901234567890::numeric", 1.2345678901234568e29),
        ("interval '1 day'", r"has the type interval; .* CAST\(EXTRACT\(EPOCH FROM amount\) AS double prec"),
        ("'{1,2}'::int[]", r"has the type integer\[\]; .* CAST\(amount\[1\] AS double precision\) AS amount"),
        ("'{}'::jsonb", r"has the type jsonb; .* CAST\(amount ->> 'key' AS double precision\) AS amount"),
        ("'10:00+01'::timetz", r"has the type time with time zone; .* CAST\(EXTRACT\(EPOCH FROM amount\)"),
        ("7::money", r"has the type money; .* CAST\(CAST\(amount AS numeric\) AS double precision\)"),
        ("ROW(1, 2)::pair", "has the type pair; expected"),
        ("'7'", "has the type text; expected"),
        ("'127.0.0.1'::inet", "has the type inet; expected"),
    ],
)
def test_a_number(warehouse: Database, tmp_path: Path, amount: str, becomes: Any) -> None:
    warehouse.run(TYPES, "INSERT INTO accounts VALUES (1, '2024-01-31')")
    query = READS.replace("*", f"*, {amount} AS amount, 'x' AS region")

    if isinstance(becomes, str):
        with pytest.raises(DataError, match=becomes):
            read(query, tmp_path)
        return
    (found,) = read(query, tmp_path)["amount"]
    assert found == becomes or (math.isnan(found) and math.isnan(becomes))


@pytest.mark.parametrize(
    ("region", "becomes"),
    [
        ("'glad'::mood", "glad"),
        ("'00000000-0000-0000-0000-000000000007'::uuid", "00000000-0000-0000-0000-000000000007"),
        ("true", True),
        ("repeat('x', 3000000)", "x" * 3_000_000),
        ("E'a\\nb;--\"'':from%s'", "a\nb;--\"':from%s"),
        ("'{glad}'::mood[]", r"has the type mood\[\]"),
        ("ROW(1, 2)::pair", "has the type pair"),
        ("'a'::bytea", "has the type bytea"),
        ("1.5", "has the type decimal"),
    ],
)  # fmt: skip
def test_a_category(warehouse: Database, tmp_path: Path, region: str, becomes: Any) -> None:
    warehouse.run(TYPES, "INSERT INTO accounts VALUES (1, '2024-01-31')")
    query = READS.replace("*", f"*, 1.0 AS amount, {region} AS region")

    if isinstance(becomes, str) and becomes.startswith("has the type"):
        with pytest.raises(DataError, match=becomes):
            read(query, tmp_path)
        return
    assert read(query, tmp_path)["region"] == [becomes]


def test_names_in_capitals_with_quotes_and_twice(warehouse: Database, tmp_path: Path) -> None:
    warehouse.run(
        'CREATE TABLE accounts ("Customer_ID" bigint, as_of date, "a""; DROP TABLE accounts; --%s :to" int)',
        "INSERT INTO accounts VALUES (1, '2024-01-31', 5)",
    )
    awkward = 'a"; DROP TABLE accounts; --%s :to'
    query = READS.replace("*", "*, 1 AS \"AMOUNT\", 'x' AS region")
    found = read(
        query, tmp_path, model={"features": {"numeric": ["amount", awkward], "categorical": ["region"]}}
    )
    assert found["customer_id"] == [1]
    assert (found["amount"], found[awkward]) == ([1.0], [5.0])

    with pytest.raises(DataError, match="column 'amount' occurs 2 times; expected once"):
        read(READS.replace("*", "*, 1 AS amount, 2 AS amount, 'x' AS region"), tmp_path)
    both = READS.replace("*", "*, 1 AS amount, 2 AS \"AMOUNT\", 'x' AS region")
    assert read(both, tmp_path)["amount"] == [1.0], "the one that is spelled as in model.yaml"


@pytest.mark.parametrize(
    ("as_of", "says"),
    [
        ("'infinity'::date", "date too large|infinity"),
        ("'2024-01-31'::date + (row_number() OVER () - 1)::int * 400000000", "out of range|too large"),
        ("NULL::date", "found None in column 'as_of'"),
    ],
)
def test_days_that_are_none(warehouse: Database, tmp_path: Path, as_of: str, says: str) -> None:
    warehouse.run("CREATE TABLE accounts AS SELECT i AS customer_id FROM generate_series(1, 2) i")
    query = (
        f"SELECT customer_id, {as_of} AS as_of, 1 AS amount, 'x' AS region FROM accounts "
        "WHERE :from < :to::date"
    )

    with pytest.raises(DataError, match=says):
        read(query, tmp_path)


def test_long_texts_come_in_small_batches(
    warehouse: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.run("CREATE TABLE accounts AS SELECT i AS customer_id, '2024-01-31'::date AS as_of "
                  "FROM generate_series(1, 1500) i")  # fmt: skip
    monkeypatch.setattr(batches.BatchSize.__init__, "__defaults__", (20_000, 1_000_000))
    seen: list[int] = []
    learn = batches.BatchSize.learn
    monkeypatch.setattr(
        batches.BatchSize, "learn", lambda self, batch: (seen.append(len(batch)), learn(self, batch))[1]
    )

    found = read(READS.replace("*", "*, 1 AS amount, repeat('x', 9900) AS region"), tmp_path)

    assert len(found["region"]) == 1500
    assert seen[seen.index(500) + 1 :][:9] == [99] * 9, "memory holds a hundred of them, not 20,000"
