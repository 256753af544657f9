"""Check the URIs of a model's tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from include.config.checks.content import text_at
from include.config.config_errors import ConfigIssue

if TYPE_CHECKING:
    from collections.abc import Iterator


_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*:")


def source_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check the URIs of both tables."""
    seen: dict[str, str] = {}
    for table in ("features", "labels"):
        key = ("source", table, "uri")
        uri = text_at(content, key)
        if uri is None:
            continue
        problem = _explain_uri(uri)
        if problem:
            yield ConfigIssue(key, problem)
        elif uri in seen:
            yield ConfigIssue(
                key, f"is the URI of {seen[uri]} too; leave source.labels out where one table holds both"
            )
        seen[uri] = f"source.{table}"


def _explain_uri(uri: str) -> str | None:
    """Return what is wrong with the URI of a table, never with its secrets in it."""
    head, _, rest = uri.partition("://")
    host = (rest if "://" in uri else "").partition("/")[0]
    if "@" in host:
        return (
            "contains credentials before '@'; put them into the Airflow connection instead, and rotate them"
        )
    if _SCHEME.match(uri) and "://" not in uri:
        return f"found {uri!r}; a scheme is followed by '://', such as {uri.partition(':')[0]}://bucket/path"
    times = uri.count("{partition}")
    if times != 1:
        return f"found {uri!r} with {{partition}} {times} times; expected it exactly once"
    if set("{}") & set(uri.replace("{partition}", "")):
        return f"found {uri!r}; {{partition}} is the only placeholder"
    if "://" in uri and not _SCHEME.match(f"{head}:"):
        return f"found {uri!r}; {head!r} is not a scheme"
    return _explain_path(uri, rest if "://" in uri else uri)


def _explain_path(uri: str, path: str) -> str | None:
    """Return what is wrong with the names in a table's URI."""
    *above, last = path.split("/")
    if "" in above[1:] or ".." in above:
        return f"found {uri!r}; expected a name between two '/', and no '..'"
    if any("*" in name for name in above) or ("*" in last and "{partition}" in last):
        return (
            f"found {uri!r}; '*' may stand in the last part only, below {{partition}}, where it means part "
            "files that make one delivery, such as accounts/as_of={partition}/*.parquet"
        )
    return None
