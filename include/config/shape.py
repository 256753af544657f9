"""Say in words what :mod:`include.config.schema` found wrong with the shape of a ``model.yaml``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from include.config.mistakes import Key, Mistake, nearest, one_of, shown_value

if TYPE_CHECKING:
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
    "string_too_short": "text that is not empty",
    "too_short": "at least one entry",
    "invalid-json-value": "text, a number, true, false, null, or a list or mapping of them; quote dates",
}
_LIMITS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_FREE_MAPPINGS = {"parameters", "kwargs"}  # their values may be anything JSON knows
_PATTERNS = {
    "name": "a lower-case letter, then lower-case letters, digits and underscores",
    "connection": "letters, digits, '_', '-' and '.'",
    "type": "the name of a Great Expectations expectation, such as expect_column_values_to_not_be_null",
}


def shape_mistakes(error: ValidationError, top: type[BaseModel]) -> list[Mistake]:
    """Return one mistake for each thing pydantic found, without repeating a typo as a missing key.

    :param error: what ``top.model_validate`` raised.
    :param top: the model that describes the whole file.
    """
    details = error.errors(include_url=False)
    missing = {tuple(detail["loc"]) for detail in details if detail["type"] == "missing"}
    meant = {_meant(detail, missing) for detail in details if detail["type"] == "extra_forbidden"}
    found: dict[Key, Mistake] = {}
    for detail in details:
        key = _real_key(detail)
        repeats = detail["type"] == "missing" and key in meant
        if not repeats and not (detail["type"] == "too_short" and detail["input"]):
            found.setdefault(key, Mistake(key, _describe(detail, key, top)))
    return list(found.values())


def _meant(detail: ErrorDetails, missing: set[Key]) -> Key | None:
    """Return the missing key that an unknown one is a typo of, or None."""
    *above, name = detail["loc"]
    near = nearest(str(name), [str(key[-1]) for key in missing if list(key[:-1]) == above])
    return (*above, near) if near else None


def _real_key(detail: ErrorDetails) -> Key:
    """Return pydantic's location without the parts that are not in the file (its names of union members)."""
    loc: Key = tuple(detail["loc"])
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
        return f"unknown key {name!r}; {one_of(_keys_of(_model_at(top, key[:-1])), name)}"
    if kind == "missing":
        section = _keys_of(_model_at(top, key))
        return "the key is missing; add it" + (f" with {', '.join(section)}" if section else "")
    if detail["loc"][-1:] == ("[key]",) or kind == "invalid_key":
        return f"the key {name} is no text; put it in quotes"
    return _describe_value(kind, found, detail.get("ctx", {}), name) or (
        f"found {shown_value(found)}; {detail['msg'][0].lower()}{detail['msg'][1:]}"
    )


def _describe_value(kind: str, found: Any, limits: dict[str, Any], name: str) -> str | None:
    """Return what is wrong with a value, or None where pydantic's own words must do."""
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(limits["expected"]))
        return f"unknown value {found!r}; {one_of(allowed, str(found))}"
    if kind == "string_pattern_mismatch":
        return (
            f"found {shown_value(found)}; allowed: {_PATTERNS.get(name, 'one line without blanks around it')}"
        )
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


def _model_at(top: type[BaseModel], key: Key) -> type[BaseModel] | None:
    """Return the pydantic model that describes what stands at a key, or None where it is a plain value."""
    model: type[BaseModel] | None = top
    parts = list(key)
    while parts and model:
        field = model.model_fields.get(str(parts.pop(0)))
        annotation = field.annotation if field else None
        if parts and get_origin(annotation) in {dict, tuple}:
            parts.pop(0)  # a name the team chose, or a place in a list
        model = _model_in(annotation)
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the pydantic model inside an annotation such as ``dict[str, Sensitive]`` or ``Table | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        model = _model_in(inner)
        if model is not None:
            return model
    return None


def _keys_of(model: type[BaseModel] | None) -> list[str]:
    """Return the keys a section may have."""
    return list(model.model_fields) if model else []
