"""Check that each column has one role, and that what is said of a feature is about one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from include.config.checks.content import are_numbers, as_float, mapping_at, text_at, texts_at
from include.config.config_errors import ConfigIssue, Key, dotted, one_of
from include.names import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.config.drift_statistics import Kind


_KINDS: tuple[Kind, ...] = ("numeric", "categorical")
_ROLES: tuple[Key, ...] = (
    ("entity", "column"),
    ("row", "key"),
    ("time", "column"),
    ("target", "column"),
    ("weight", "column"),
    ("target", "event"),
    ("source", "labels", "known_on"),
)
_AT_THE_TIME, _ONCE = "a feature is known at the time of the row", "list it once"


def column_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that each column has one role."""
    role_of: dict[str, str] = {}
    yield from _internal(content)
    for key in _ROLES:
        column = text_at(content, key)
        if column is not None and column in role_of:
            yield ConfigIssue(key, f"{column!r} is {role_of[column]} too; a column has one role")
        elif column is not None:
            role_of[column] = dotted(key)
    listed = 0
    for kind in _KINDS:
        for index, column in enumerate(texts_at(content, ("features", kind))):
            listed += 1
            if column in role_of:
                remedy = (
                    "a weight is not given to the estimator"
                    if role_of[column] == "weight.column"
                    else _ONCE
                    if role_of[column].startswith("in ")
                    else _AT_THE_TIME
                )
                yield ConfigIssue(
                    ("features", kind, index), f"{column!r} is {role_of[column]} too; {remedy}: remove one"
                )
            else:
                role_of[column] = f"in features.{kind}"
    for index, column in enumerate(texts_at(content, ("features", "allow_dominant"))):
        names = [name for kind in _KINDS for name in texts_at(content, ("features", kind))]
        if column and column not in names:
            text = f"{column!r} is not a feature; {one_of(names, column)}"
            yield ConfigIssue(("features", "allow_dominant", index), text)
    features = content.get("features")
    if not listed and isinstance(features, dict) and not any(map(features.get, _KINDS)):
        yield ConfigIssue(
            ("features",), "no feature is listed; name at least one under numeric or categorical"
        )


def _internal(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that no column has a name that is kept for the columns of ours."""
    places = [(key, text_at(content, key) or "") for key in _ROLES]
    for kind in _KINDS:
        key: Key = ("features", kind)
        places += [((*key, index), column) for index, column in enumerate(texts_at(content, key))]
    for key, column in places:
        if column.casefold().startswith(INTERNAL):
            text = (
                f"found {column!r}; names that begin with {INTERNAL!r} are kept for columns that predictions "
                "and scores get besides: have the column delivered under another name"
            )
            yield ConfigIssue(key, text)


def sensitive_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that each column with groups is a feature, named once, and cut into bands if it is numeric."""
    yield from _group_issues(content, ("sensitive",))
    yield from _group_issues(content, ("monitoring", "slices"))
    sensitive = mapping_at(content, ("sensitive",))
    for column in mapping_at(content, ("monitoring", "slices")):
        if column in sensitive:
            yield ConfigIssue(
                ("monitoring", "slices", str(column)),
                f"{column!r} is monitored by group already, because it is under sensitive: remove it here",
            )


def _group_issues(content: dict[str, Any], section: Key) -> Iterator[ConfigIssue]:
    """Check one mapping of columns to their groups."""
    numeric, categorical = (texts_at(content, ("features", kind)) for kind in _KINDS)
    for column, settings in mapping_at(content, section).items():
        key = (*section, str(column))
        bands = settings.get("bands", []) if isinstance(settings, dict) else []
        if column not in numeric and column not in categorical:
            yield ConfigIssue(
                key, f"{column!r} is not a feature; {one_of(numeric + categorical, str(column))}"
            )
        elif column not in numeric and bands:
            yield ConfigIssue(
                (*key, "bands"), f"{column!r} is categorical and has its own groups; remove bands"
            )
        elif column in numeric and not bands:
            yield ConfigIssue(
                key, f"{column!r} is numeric; name where its groups begin, such as {{bands: [30, 50]}}"
            )
        elif are_numbers(bands) and any(low >= high for low, high in pairwise(map(as_float, bands))):
            yield ConfigIssue((*key, "bands"), f"found {bands}; expected increasing numbers")
