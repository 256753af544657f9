"""A table that comes from a query: the file is read with model.yaml, and an error names its line in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core

FILES = "    uri: accounts/as_of={partition}/accounts.csv\n    format: csv\n"
QUERY = """\
    sql: queries/features.sql
    partition_by: {column: as_of, every: month}
"""
READS = "SELECT *\nFROM accounts\nWHERE as_of >= :from AND as_of < :to\n"


@pytest.fixture
def written(edit: Callable[..., Path]) -> Callable[..., Path]:
    def write(query: str | bytes | None = READS, *, section: str = QUERY) -> Path:
        folder = edit(FILES, section)
        (folder / "queries").mkdir(exist_ok=True)
        if query is not None:
            content = query if isinstance(query, bytes) else query.encode()
            (folder / "queries" / "features.sql").write_bytes(content)
        return folder

    return write


def test_a_query_is_kept_as_it_was_when_the_configuration_was_read(written: Callable[..., Path]) -> None:
    folder = written()

    config = load_model(folder)
    (folder / "queries" / "features.sql").write_text("DROP TABLE accounts")

    table = config.source.features
    assert (table.kind, table.lookback, table.timeout_seconds, table.timezone) == ("query", 31, 600, "UTC")
    assert config.queries == {"features": READS}


def test_how_a_query_is_run_bears_on_no_model(written: Callable[..., Path]) -> None:
    folder = written()
    plain = load_model(folder)
    yaml = (
        (folder / "model.yaml")
        .read_text()
        .replace(QUERY, f"{QUERY}    lookback: 3\n    timeout_seconds: 5\n")
    )
    (folder / "model.yaml").write_text(yaml)

    other = load_model(folder)

    assert (other.source.features.lookback, other.source.features.timeout_seconds) == (3, 5)
    assert (other.digest, other.data_digest) == (plain.digest, plain.data_digest)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (None, "9: source.features.sql: there is no file 'queries/features.sql' in the model's folder"),
        ("", "9: source.features.sql: queries/features.sql:1: holds no query"),
        (
            READS.replace("AND as_of < :to", ""),
            "9: source.features.sql: queries/features.sql:1: has no parameter :to",
        ),
        (f"{READS};\nSELECT 2", "9: source.features.sql: queries/features.sql:5: found 'SELECT' after ';'"),
        (f"DELETE\n{READS}", "9: source.features.sql: queries/features.sql:1: begins with 'DELETE'"),
        (
            READS.replace("as_of <", "as_of <="),
            "9: source.features.sql: queries/features.sql:3: found as_of <= :to",
        ),
        (b"SELECT 1\n-- \xe4", "9: source.features.sql: queries/features.sql:2: byte 0xe4 is not UTF-8"),
        ("-" * 200_001, "9: source.features.sql: queries/features.sql has 200,001 bytes; at most 200,000"),
    ],
    ids=["missing", "empty", "one bound", "two statements", "writes", "wrong side", "encoding", "large"],
)
def test_a_query_that_may_not_run_is_refused_with_model_yaml(
    written: Callable[..., Path],
    issues: Callable[[], list[str]],
    query: str | bytes | None,
    said: str,
) -> None:
    written(query)

    (line,) = issues()

    assert line.startswith(said)


@pytest.mark.parametrize(
    ("section", "where"),
    [
        (QUERY.replace("queries/features.sql", "../features.sql"), "9: source.features.sql: found '../feat"),
        (QUERY.replace("queries/features.sql", "/srv/features.sql"), "9: source.features.sql: found '/srv"),
        (
            QUERY.replace("queries/features.sql", "features.txt"),
            "9: source.features.sql: found 'features.txt",
        ),
        (
            QUERY.replace("queries/features.sql", "queries"),
            "9: source.features.sql: found 'queries'; expected",
        ),
        ("    sql: queries/features.sql\n", "8: source.features.partition_by: the key is missing"),
        (f"{QUERY}    format: csv\n", "11: source.features.format: says where files are"),
        (f"{QUERY}    timezone: Berlin\n", "11: source.features.timezone: found 'Berlin'; expected the IANA"),
        (f"{QUERY}    timezone: ../etc\n", "11: source.features.timezone: found '../etc'; expected the IANA"),
        (f"{QUERY}    timeout_seconds: 0\n", "11: source.features.timeout_seconds: found number 0"),
        (f"{QUERY}    lookback: all\n", "11: source.features.lookback: found text 'all'"),
        (QUERY.replace("month", "year"), "10: source.features.partition_by.every: unknown value"),
    ],
)
def test_what_stands_beside_a_query_is_checked(
    written: Callable[..., Path], issues: Callable[[], list[str]], section: str, where: str
) -> None:
    written(section=section)

    (line,) = issues()

    assert line.startswith(where)
