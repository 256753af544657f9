"""Check the literals of a data contract against the kinds of the columns they are compared with.

YAML decides the type of a literal by how it looks (``NO`` is a boolean, ``9`` a number, ``1:30`` is 90), and
Great Expectations compares a text with a number without a word: they differ. So a rule whose literal is of
another type than its column never fires, or never holds, and neither is what its author meant.
:mod:`include.validation.contract.expectations` says which argument of which expectation is such a literal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from include.config.config_errors import ConfigIssue, Key, shown_value
from include.data.schema import NEVER_MISSING
from include.validation.contract.expectations import CLASSES, COMPARING, POINTLESS, TABLE, WORDS, Role
from include.validation.contract.literal_values import is_finite, number_as_written, quoted, value_issue
from include.validation.contract.quantiles import quantile_issues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from include.data.schema import Kind

_FLAGS = ("strict_min", "strict_max", "strictly", "or_equal", "double_sided")
# A regex that is found in each of these is found in any text.
_ANY_TEXTS = ("a", "Z", "0", "é", "~", " ", "-1.5e3 x|y", "\x01")


def literal_issues(
    key: Key, kind: str, kwargs: Mapping[str, Any], kinds: Mapping[str, Kind], raw: Mapping[Key, str]
) -> Iterator[ConfigIssue]:
    """Yield what keeps a rule from ever firing, or from ever holding.

    :param key: of the rule's arguments.
    :param kind: type of the expectation; one that is not in the table takes no literal.
    :param kwargs: its arguments.
    :param kinds: the table's columns and what they hold.
    :param raw: each scalar of the file as it is written there, by its key.
    """
    if kind in POINTLESS:
        yield ConfigIssue(key[:-1], f"{kind} can't be checked here: {POINTLESS[kind]}")
        return
    columns = _columns(kwargs)
    yield from _repeated(key, columns)
    for name in _FLAGS:
        if name in kwargs and not isinstance(kwargs[name], bool):
            yield ConfigIssue((*key, name), f"found {shown_value(kwargs[name])}; expected true or false")
    named = {name: kinds[name] for name in columns if name in kinds}
    yield from _wrong_columns(key, kind, named)
    checked = TABLE.get(kind)
    if checked is None:
        yield from _pairs(key, kwargs, named, raw)
        return
    column = next(iter(named.items()), ("", "number"))
    for name, role in checked.roles.items():
        if kwargs.get(name) is not None:
            yield from _argument((*key, name), kwargs[name], role, column, raw)
    yield from _bounds(key, kwargs, checked.roles)
    if "quantile_ranges" in kwargs:
        yield from quantile_issues((*key, "quantile_ranges"), kwargs["quantile_ranges"])
    partition = kwargs.get("partition_object")
    if isinstance(partition, dict) and "values" in partition:
        yield from _argument((*key, "partition_object", "values"), partition["values"], "values", column, raw)


def _columns(kwargs: Mapping[str, Any]) -> list[str]:
    """Return the columns that arguments name."""
    single = [kwargs.get(name) for name in ("column", "column_A", "column_B")]
    listed = kwargs.get("column_list")
    found = [*single, *(listed if isinstance(listed, (list, tuple)) else [])]
    return [name for name in found if isinstance(name, str)]


def _repeated(key: Key, columns: list[str]) -> Iterator[ConfigIssue]:
    """Check that no column is compared with itself."""
    for name in dict.fromkeys(columns):
        if columns.count(name) > 1:
            yield ConfigIssue(
                key, f"names {name!r} twice, but a column can't be compared with itself; name another"
            )


def _wrong_columns(key: Key, kind: str, named: Mapping[str, Kind]) -> Iterator[ConfigIssue]:
    """Check that each column is of a kind on which the expectation can be checked."""
    checked = TABLE.get(kind)
    for name, held in named.items():
        if checked is not None and CLASSES[held] not in checked.classes:
            wanted = " or ".join(WORDS[one] for one in checked.classes)
            remedy = f"; use {checked.instead}" if checked.instead else "; remove the rule"
            text = f"{kind} is for {wanted}, but {name!r} holds {WORDS[CLASSES[held]]}{remedy}"
            yield ConfigIssue(key, text)
    if kind in COMPARING and len({CLASSES[held] for held in named.values()}) > 1:
        holds = ", ".join(f"{name!r} holds {WORDS[CLASSES[held]]}" for name, held in named.items())
        yield ConfigIssue(key, f"columns of different kinds are never equal: {holds}")
    if kind == "expect_column_values_to_be_null":
        for name, held in named.items():
            if held in NEVER_MISSING:
                yield ConfigIssue(key, f"{name!r} is never missing, so this rule always fails; remove it")


def _argument(
    key: Key, found: Any, role: Role, column: tuple[str, Kind], raw: Mapping[Key, str]
) -> Iterator[ConfigIssue]:
    """Check one argument."""
    if role in {"values", "regexes"}:
        if not isinstance(found, (list, tuple)):
            yield ConfigIssue(key, f"found {shown_value(found)}; expected a list")
        elif not found:
            yield ConfigIssue(
                key, "is an empty list, so the rule always passes or always fails; name a value"
            )
        else:
            inner: Role = "value" if role == "values" else "regex"
            for place, item in enumerate(found):
                yield from _argument((*key, place), item, inner, column, raw)
        return
    written = raw.get(key)
    if role == "value":
        problem = value_issue(found, *column, written)
    elif role in {"text", "regex"}:
        problem = _text_issue(found, role, written)
    else:
        problem = _number_issue(found, role)
    if problem:
        yield ConfigIssue(key, problem)


def _text_issue(found: Any, role: Role, written: str | None) -> str | None:
    """Return what is wrong with a text or a regular expression, or None."""
    if not isinstance(found, str):
        return f"found {shown_value(found)}; expected text: write {quoted(written or str(found))}"
    if role == "regex":
        try:
            pattern = re.compile(found)
        except re.error as error:
            return f"{found!r} is not a regular expression: {error}"
        if all(pattern.search(text) for text in _ANY_TEXTS):
            return (
                f"{found!r} is found in any text, so the rule always passes or always fails: it is searched "
                "for anywhere in a value; anchor it, such as '^[0-9]+$'"
            )
    return None


def _number_issue(found: Any, role: Role) -> str | None:
    """Return what is wrong with a number that is not a value of the column, or None."""
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return f"found {shown_value(found)}; expected a number: write {number_as_written(found)}"
    if not is_finite(found):
        return f"found {shown_value(found)}; expected a finite number, or leave it out"
    if role == "share" and not 0 <= found <= 1:
        return f"found {found:g}; expected a share between 0 and 1"
    if role == "count" and (found < 0 or found != int(found)):
        return f"found {found:g}; expected a whole number of 0 or more"
    return None


def _bounds(key: Key, kwargs: Mapping[str, Any], roles: Mapping[str, Role]) -> Iterator[ConfigIssue]:
    """Check that something lies between two bounds."""
    if "min_value" not in roles:
        return
    low: Any = kwargs.get("min_value")
    high: Any = kwargs.get("max_value")
    if low is None and high is None:
        yield ConfigIssue(key, "has neither min_value nor max_value; write one of them")
        return
    try:
        crossed = low > high or (low == high and (kwargs.get("strict_min") or kwargs.get("strict_max")))
    except TypeError:  # one of them is missing, or of another type, which is reported elsewhere
        return
    if crossed and type(low) is not bool:
        yield ConfigIssue(key, f"nothing lies between {low} and {high}; expected min_value below max_value")


def _pairs(
    key: Key, kwargs: Mapping[str, Any], named: Mapping[str, Kind], raw: Mapping[Key, str]
) -> Iterator[ConfigIssue]:
    """Check the pairs of values that two columns may have."""
    pairs = kwargs.get("value_pairs_set")
    if isinstance(pairs, (list, tuple)) and not pairs:
        yield ConfigIssue(
            (*key, "value_pairs_set"), "is an empty list, so the rule always fails; name a pair"
        )
    columns = [(name, named.get(str(name))) for name in (kwargs.get("column_A"), kwargs.get("column_B"))]
    if not isinstance(pairs, (list, tuple)) or not all(held for _, held in columns):
        return
    if any(held and CLASSES[held] == "date" for _, held in columns):
        yield ConfigIssue(key, "pairs of dates can't be checked; check each column with a rule of its own")
        return
    for place, pair in enumerate(pairs):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:  # noqa: PLR2004 - a pair
            yield ConfigIssue(
                (*key, "value_pairs_set", place), f"found {shown_value(pair)}; expected two values"
            )
            continue
        for side, (value, (name, held)) in enumerate(zip(pair, columns, strict=True)):
            item = (*key, "value_pairs_set", place, side)
            if value is not None and held and (problem := value_issue(value, str(name), held, raw.get(item))):
                yield ConfigIssue(item, problem)
