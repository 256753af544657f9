"""Read the queries that a ``model.yaml`` names, and check that they only read."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from include.config.checks.content import text_at
from include.config.config_errors import ConfigIssue
from include.config.sql.query import QueryFaultsError, read_query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.config.config_errors import Key

LARGEST_QUERY = 200_000  # bytes


def read_queries(content: dict[str, Any], folder: Path) -> tuple[dict[str, str], list[ConfigIssue]]:
    """Return table to query, and what is wrong with any of them.

    :param content: ``model.yaml`` as plain values, valid or not.
    :param folder: the model's folder.
    """
    queries: dict[str, str] = {}
    issues: list[ConfigIssue] = []
    for table in ("features", "labels"):
        text, wrong = read_table_query(content, ("source", table), folder, "the model's folder")
        issues += wrong
        if text is not None:
            queries[table] = text
    return queries, issues


def read_table_query(
    content: dict[str, Any], table: Key, folder: Path, place: str
) -> tuple[str | None, list[ConfigIssue]]:
    """Return the query of one table, None where it has none, and what is wrong with it.

    :param content: ``model.yaml``, or the file of a view, as plain values, valid or not.
    :param table: the table's key.
    :param folder: in which the query's file lies.
    :param place: what messages call that folder.
    """
    key: Key = (*table, "sql")
    named = text_at(content, key)
    if named is None:
        return None, []
    text, problem = _read(folder, named, place)
    if problem:
        return None, [ConfigIssue(key, problem)]
    column = text_at(content, (*table, "partition_by", "column")) or ""
    return text, list(_faults(text, key, named, column))


def _read(folder: Path, named: str, place: str) -> tuple[str, str | None]:
    """Return the content of a query's file, or what is wrong with it."""
    path = PurePosixPath(named)
    if path.is_absolute() or ".." in path.parts or path.suffix != ".sql":
        return "", (
            f"found {named!r}; expected a file within {place} whose name ends with .sql, such as "
            "queries/features.sql"
        )
    file = folder / path
    if not file.is_file():
        return "", f"there is no file {named!r} in {place}; write the query into it"
    try:
        data = file.read_bytes()
    except OSError as error:
        return "", f"{named} can't be read: {error.strerror}"
    if len(data) > LARGEST_QUERY:
        return "", f"{named} has {len(data):,} bytes; at most {LARGEST_QUERY:,} are read"
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return "", f"{named}:{line}: byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"


def _faults(text: str, key: Key, named: str, column: str) -> Iterator[ConfigIssue]:
    """Yield why a query is refused, each with its line."""
    try:
        read_query(text, column)
    except QueryFaultsError as refused:
        for fault in refused.faults:
            yield ConfigIssue(key, f"{named}:{fault.line}: {fault.text}")
