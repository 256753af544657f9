"""Schema errors: what pydantic found wrong with a file, worded for the team that wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from include.config.config_errors import ConfigIssue, Key, nearest, one_of, shown_value
from include.config.schema_walk import keys_of, union_members, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "finite_number": "a finite number",
    "string_too_short": "non-empty text",
    "too_short": "at least one entry",
    "invalid-json-value": "text, a number, true, false, null, or a list or mapping of them; quote dates",
}
_LIMITS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_KINDS = {"union_tag_invalid", "union_tag_not_found"}  # of a section that may be one of several
_FREE_MAPPINGS = {"parameters", "kwargs", "executor_config"}  # their values may be anything JSON knows
_PATTERNS = {
    "name": "a lower-case letter, then lower-case letters, digits and underscores",
    "connection": "letters, digits, '_', '-' and '.'",
    "topic": "the ARN of an SNS topic, such as arn:aws:sns:eu-central-1:123456789012:alerts",
    "type": "the name of a Great Expectations expectation, such as expect_column_values_to_not_be_null",
}


def schema_issues(error: ValidationError, top: type[BaseModel]) -> list[ConfigIssue]:
    """Return one issue for each error of pydantic, without repeating a typo as a missing key.

    :param error: what ``top.model_validate`` raised.
    :param top: the model that describes the whole file.
    """
    details = error.errors(include_url=False)
    missing = {tuple(detail["loc"]) for detail in details if detail["type"] == "missing"}
    typos = {_meant(detail, missing) for detail in details if detail["type"] == "extra_forbidden"}
    meant = {walk(top, typo)[0] for typo in typos if typo}
    found: dict[Key, ConfigIssue] = {}
    for detail in details:
        key = _real_key(detail, top)
        repeats = detail["type"] == "missing" and key in meant
        if not repeats and not (detail["type"] == "too_short" and detail["input"]):
            found.setdefault(key, ConfigIssue(key, _describe(detail, key, top)))
    return list(found.values())


def _meant(detail: ErrorDetails, missing: set[Key]) -> Key | None:
    """Return the missing key that an unknown one is a typo of, or None."""
    *above, name = detail["loc"]
    near = nearest(str(name), [str(key[-1]) for key in missing if list(key[:-1]) == above])
    return (*above, near) if near else None


def _real_key(detail: ErrorDetails, top: type[BaseModel]) -> Key:
    """Return pydantic's location without the parts that are not in the file (names of union members)."""
    loc: Key = walk(top, tuple(detail["loc"]))[0]
    if detail["type"] in _KINDS:
        return (*loc, _near_key(detail) or _discriminator(detail))
    if detail["type"] == "invalid_key":
        return (*loc[:-1], str(loc[-1]))
    for free in _FREE_MAPPINGS.intersection(loc):
        loc = loc[: loc.index(free) + 2]
    if loc[-1:] == ("[key]",):
        loc = loc[:-1]
    return (*loc[:-1], str(loc[-1])) if loc and not isinstance(loc[-1], int) else loc


def _describe(detail: ErrorDetails, key: Key, top: type[BaseModel]) -> str:
    """Return what was found and what is allowed."""
    kind, found = detail["type"], detail["input"]
    name = str(key[-1]) if key else ""
    if kind == "extra_forbidden":
        return f"unknown key {name!r}; {one_of(keys_of(walk(top, tuple(detail['loc'][:-1]))[1]), name)}"
    if kind in _KINDS:
        return _describe_kind(detail, union_members(walk(top, tuple(detail["loc"]))[1]))
    if kind == "missing":
        section = keys_of(walk(top, tuple(detail["loc"]))[1])
        return "the key is missing; add it" + (f" with {', '.join(section)}" if section else "")
    if detail["loc"][-1:] == ("[key]",) or kind == "invalid_key":
        return f"the key {name} is not text; put it in quotes"
    return _describe_value(kind, found, detail.get("ctx", {}), name) or (
        f"found {shown_value(found)}; {detail['msg'][0].lower()}{detail['msg'][1:]}"
    )


def _describe_value(kind: str, found: Any, limits: dict[str, Any], name: str) -> str | None:
    """Return what is wrong with a value, or None where pydantic's own words must do."""
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(limits["expected"]))
        return f"unknown value {found!r}; {one_of(allowed, str(found))}"
    if kind == "string_pattern_mismatch":
        one = _PATTERNS.get(name, "one line without surrounding blanks")
        return f"found {shown_value(found)}; allowed: {one}"
    if kind == "too_long":
        return f"found {len(found)} entries; at most {limits['max_length']} are allowed"
    if kind in _LIMITS:
        limit, words = _LIMITS[kind]
        return f"found {shown_value(found)}; allowed: {words} {limits[limit]:.15g}"
    if kind in _EXPECTED:
        return f"found {shown_value(found)}; expected {_EXPECTED[kind]}{_hint(kind, found)}"
    return None


def _hint(kind: str, found: Any) -> str:
    """Return a remedy for the two surprises of YAML 1.1: ``1e-9`` is text, and ``no`` is a boolean."""
    if kind in {"float_type", "int_type"} and isinstance(found, str):
        try:
            float(found)
        except ValueError:
            return ""
        return "; write numbers without quotes, and an exponent after a decimal point, such as 1.0e-9"
    if kind == "string_type" and found is not None and not isinstance(found, (list, dict)):
        return "; put it in quotes"
    return ""


def _describe_kind(detail: ErrorDetails, members: Mapping[str | int, Any]) -> str:
    """Return what is wrong with the key that says of which kind a section is."""
    found, name = detail["input"], _discriminator(detail)
    kinds = [str(kind) for kind in members]
    if near := _near_key(detail):
        return f"unknown key {near!r}; {one_of([name], near)}"
    if detail["type"] == "union_tag_not_found":
        return f"the key is missing; add it; {one_of(kinds, '')}"
    return f"unknown value {found[name]!r}; {one_of(kinds, str(found[name]))}"


def _discriminator(detail: ErrorDetails) -> str:
    """Return the name of the key that says of which kind a section is."""
    return str(detail["ctx"]["discriminator"]).strip("'")


def _near_key(detail: ErrorDetails) -> str | None:
    """Return the key that was written in place of the discriminator, or None."""
    if detail["type"] != "union_tag_not_found":
        return None
    return nearest(_discriminator(detail), [str(key) for key in detail["input"]])
