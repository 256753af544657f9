"""A digest of rows that does not depend on their order, for databases that compute none themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SUM = """
SELECT
    coalesce(sum(md5_number_lower(row_text)::HUGEINT), 0),
    coalesce(sum(md5_number_upper(row_text)::HUGEINT), 0)
FROM (SELECT CAST(t AS VARCHAR) AS row_text FROM read_parquet(?) t)
"""


def digest_rows(files: Sequence[Path]) -> str:
    """Return the sums of both halves of each row's MD5: equal for the same rows in any order and any files.

    DuckDB computes it in a stream. MD5 is used against chance, not against people.

    :param files: Parquet files of the same columns.
    """
    import duckdb

    lower = upper = 0
    with duckdb.connect(config={"threads": 1}) as database:
        for file in files:
            low, high = database.execute(_SUM, [str(file)]).fetchone() or (0, 0)
            lower, upper = lower + int(low), upper + int(high)
    return f"{lower},{upper}"
