"""Check the URIs of a model's tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from include.config.checks.clock import timezone_issues
from include.config.checks.content import mapping_at, text_at
from include.config.config_errors import ConfigIssue, one_of
from include.config.data_schema import SourceFormat, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.config.config_errors import Key


FORMATS: tuple[str, ...] = get_args(SourceFormat)
_HIVE = ("{year}", "{month}", "{day}")
_PLACEHOLDER = re.compile(r"\{[^{}/]*\}")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*:")


def source_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check where both tables come from."""
    seen: dict[str, str] = {}
    for name in ("features", "labels"):
        key: Key = ("source", name)
        table = mapping_at(content, key)
        if not table:
            continue
        found = list(table_issues(table, key))
        yield from found
        uri = text_at(content, (*key, "uri"))
        if uri is None:
            continue
        if uri in seen and not any(issue.key == (*key, "uri") for issue in found):
            yield ConfigIssue(
                (*key, "uri"),
                f"is the URI of {seen[uri]} too; leave source.labels out where one table holds both",
            )
        seen[uri] = f"source.{name}"


def table_issues(table: dict[Any, Any], key: Key) -> Iterator[ConfigIssue]:
    """Check where one table comes from.

    :param table: its section as plain values, valid or not.
    :param key: where it stands in its file.
    """
    yield from _origin_issues(table, key)
    yield from _time_issues(table, key)
    uri = table.get("uri")
    each = table.get("partition_by") is None
    problem = _explain_uri(uri, each=each) if isinstance(uri, str) else None
    if problem:
        yield ConfigIssue((*key, "uri"), problem)


def _origin_issues(table: dict[Any, Any], key: Key) -> Iterator[ConfigIssue]:
    """Check that a table comes from files or from a query, with what each of them needs."""
    if table.get("sql") is not None:
        yield from _beside_query(table, key)
        return
    for name in ("lookback", "timeout_seconds"):
        if name in table:
            yield ConfigIssue((*key, name), "says how a query is run; expected only beside sql")
    if table.get("uri") is None:
        if set(table) <= set(Table.model_fields):  # else the unknown key, reported already, may be meant
            yield ConfigIssue((*key, "uri"), "the key is missing; add it, with format")
    elif table.get("format") is None:
        yield ConfigIssue((*key, "format"), f"the key is missing; add it; {one_of(FORMATS, '')}")


def _beside_query(table: dict[Any, Any], key: Key) -> Iterator[ConfigIssue]:
    """Check what stands beside a query."""
    for name in ("uri", "format"):
        if table.get(name) is not None:
            yield ConfigIssue((*key, name), "says where files are; expected either it, or sql")
    if "partition_by" not in table:
        yield ConfigIssue(
            (*key, "partition_by"),
            "the key is missing; add it beside sql, such as {column: as_of, every: month}: it says by which "
            "column the rows of the query are cut, and how long a partition is",
        )


def _time_issues(table: dict[Any, Any], key: Key) -> Iterator[ConfigIssue]:
    """Check how a table is cut into partitions."""
    if "timezone" in table and table.get("partition_by") is None:
        yield ConfigIssue(
            (*key, "timezone"), "says on which day a timestamp is; expected only beside partition_by"
        )
    zone = table.get("timezone")
    if isinstance(zone, str) and zone:
        yield from timezone_issues((*key, "timezone"), zone)


def _explain_uri(uri: str, *, each: bool) -> str | None:
    """Return what is wrong with the URI of a table, never with its secrets in it.

    :param each: whether each partition has a file or folder of its own.
    """
    head, _, rest = uri.partition("://")
    host = (rest if "://" in uri else "").partition("/")[0]
    if "@" in host:
        return (
            "contains credentials before '@'; put them into the Airflow connection instead, and rotate them"
        )
    if _SCHEME.match(uri) and "://" not in uri:
        return f"found {uri!r}; a scheme is followed by '://', such as {uri.partition(':')[0]}://bucket/path"
    problem = _explain_placeholders(uri) if each else _explain_whole(uri)
    if problem:
        return problem
    if "://" in uri and not _SCHEME.match(f"{head}:"):
        return f"found {uri!r}; {head!r} is not a scheme"
    return _explain_path(uri, rest if "://" in uri else uri)


def _explain_placeholders(uri: str) -> str | None:
    """Return what is wrong with what stands for the partition in the URI of deliveries."""
    found = _PLACEHOLDER.findall(uri)
    others = [name for name in found if name not in {"{partition}", *_HIVE}]
    if others or set("{}") & set(_PLACEHOLDER.sub("", uri)):
        return (
            f"found {uri!r}; {{partition}} is the only placeholder, beside the keys of Hive: "
            "year={year}/month={month}/day={day}"
        )
    if set(found) == set(_HIVE) or set(found) == set(_HIVE[:2]):
        twice = [name for name in _HIVE if found.count(name) > 1]
        return f"found {uri!r} with {twice[0]} twice; expected it once" if twice else None
    if set(found) & set(_HIVE):
        return (
            f"found {uri!r} with {', '.join(found)}; expected {{partition}}, or {{year}} and {{month}}, with "
            "or without {day}"
        )
    times = found.count("{partition}")
    return f"found {uri!r} with {{partition}} {times} times; expected it exactly once" if times != 1 else None


def _explain_whole(uri: str) -> str | None:
    """Return what is wrong with the placeholders of a URI whose table holds all partitions."""
    if set("{}") & set(uri):
        return f"found {uri!r}; expected no placeholder beside partition_by: the table holds all partitions"
    return None


def _explain_path(uri: str, path: str) -> str | None:
    """Return what is wrong with the names in a table's URI."""
    *above, last = path.split("/")
    if "" in above[1:] or ".." in above:
        return f"found {uri!r}; expected a name between two '/', and no '..'"
    if any("*" in name for name in above) or ("*" in last and "{" in last):
        return (
            f"found {uri!r}; '*' may stand in the last part only, below {{partition}}, where it means part "
            "files that make one delivery, such as accounts/as_of={partition}/*.parquet"
        )
    return None
