"""Say in words what a rule allows and what was found: for a log line, a page, a person."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from include.names import quoted, shown
from include.validation.builtin_rules import ANY_VALUE, LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_EXAMPLES = 3
_LONGEST_VALUE = 40
_MOST_LISTED = 12
_SETS = {
    "expect_column_values_to_not_be_in_set": "none of",
    "expect_column_distinct_values_to_contain_set": "all of",
    "expect_column_distinct_values_to_equal_set": "exactly",
}
_PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
_PHRASES = {
    "expect_column_values_to_not_be_null": "no missing value",
    "expect_column_values_to_be_null": "missing values only",
    "expect_column_values_to_be_unique": "each value once",
    "expect_compound_columns_to_be_unique": "each combination once",
    "expect_column_values_to_be_increasing": "increasing values",
    "expect_column_values_to_be_decreasing": "decreasing values",
}
# Arguments that say how a rule is evaluated, not what it allows.
_TECHNICAL = {"column", "column_A", "column_B", "column_list", "mostly", "row_condition", "condition_parser"}


def shown_value(value: Any) -> str:
    """Return a value of the data on one line: quoted, escaped and cut, since nobody vouches for it."""
    if hasattr(value, "item"):  # a scalar of NumPy
        value = value.item()
    if isinstance(value, dict):
        return ", ".join(f"{shown(str(name))}={shown_value(item)}" for name, item in value.items())
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        value = value.date()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, (list, tuple, set)):
        return _listed(value)
    return quoted(str(value), _LONGEST_VALUE)


def allowed_text(kind: str, kwargs: Mapping[str, Any]) -> str:
    """Return what a rule allows.

    :param kind: type of the expectation.
    :param kwargs: its arguments.
    """
    mostly = kwargs.get("mostly", 1.0)
    if kind == "expect_column_values_to_not_be_null" and mostly <= ANY_VALUE:
        return "at least one value that is not missing"
    text = _allowed(kind, kwargs)
    if mostly < 1:
        text += f" in at least {_percent(mostly)} of the rows"
    if kwargs.get("row_condition"):
        text += f" where {shown_value(kwargs['row_condition'])}"
    return text


def found_text(result: Mapping[str, Any]) -> str:
    """Return what was found.

    :param result: the ``result`` of the expectation.
    """
    if "element_count" in result:
        total = result["element_count"] - (result.get("missing_count") or 0)
        of_all = f" ({_percent(result['unexpected_count'] / total)})" if result["unexpected_count"] else ""
        return f"{result['unexpected_count']:,} of {total:,} rows{of_all}"
    if result.get("observed_value") is not None:
        return shown_value(result["observed_value"])
    if "unexpected_count" in result or "missing_count" in result:  # rules on the distinct values of a column
        other, lacking = result.get("unexpected_count"), result.get("missing_count")
        parts = [f"{other:,} other values"] if other else []
        if lacking:
            parts.append(f"no {_listed(result.get('partial_missing_list') or ())}")
        return " and ".join(parts) or "these values"
    return "nothing to measure"


def unexpected_share(result: Mapping[str, Any]) -> float | None:
    """Return the share of rows that break a rule, from 0 to 1; None for a rule on the column as a whole."""
    if "element_count" not in result:
        return None
    total = result["element_count"] - (result.get("missing_count") or 0)
    return result["unexpected_count"] / total if total else 0.0


def examples(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Return up to three distinct values that break a rule, the first in the snapshot first."""
    values = [
        shown_value(value) for value in result.get("partial_unexpected_list") or () if not _is_missing(value)
    ]
    return tuple(dict.fromkeys(values))[:MOST_EXAMPLES]


def _allowed(kind: str, kwargs: Mapping[str, Any]) -> str:
    """Return what a rule allows, its tolerance aside."""
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if (low, high) == (-LARGEST, LARGEST):
        return "finite numbers"
    if low is not None or high is not None:
        ends = []
        if low is not None:
            ends.append(f"{'more than' if kwargs.get('strict_min') else 'at least'} {_bound(low)}")
        if high is not None:
            ends.append(f"{'less than' if kwargs.get('strict_max') else 'at most'} {_bound(high)}")
        return " and ".join(ends)
    if "value_set" in kwargs:
        values = list(kwargs["value_set"] or ())
        return f"{_SETS.get(kind, 'one of' if len(values) > 1 else 'only')} {_listed(values)}"
    if kind == _PAIR and kwargs.get("column_B"):
        least = "at least" if kwargs.get("or_equal") else "more than"
        return f"{shown(kwargs['column_A'])} {least} {shown(kwargs['column_B'])}"
    if kind in _PHRASES:
        return _PHRASES[kind]
    rest = {name: value for name, value in kwargs.items() if name not in _TECHNICAL and value is not None}
    return ", ".join(f"{name} {_bound(value)}" for name, value in rest.items()) or "what the rule's name says"


def _bound(value: Any) -> str:
    """Return an argument of a rule; the contract's author is trusted with bare text."""
    return value if isinstance(value, str) else shown_value(value)


def _listed(values: Iterable[Any]) -> str:
    items = list(values)
    more = f" and {len(items) - _MOST_LISTED} more" if len(items) > _MOST_LISTED else ""
    return ", ".join(shown_value(item) for item in items[:_MOST_LISTED]) + more


def _number(value: float) -> str:
    """Return a number without a needless fraction, with its digits grouped from 10,000 on."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 2**53:
        return f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))  # noqa: PLR2004
    return f"{value:.6g}"


def _percent(share: float) -> str:
    """Return a share with as many digits as it takes to be neither 0 nor 100 percent when it is not."""
    for digits in (0, 1, 2, 4, 6):
        text = f"{share * 100:.{digits}f}"
        if float(text) not in {0.0, 100.0} and abs(float(text) / 100 - share) <= share / 20:
            break
    return f"{text} %" if share not in {0, 1} else f"{share * 100:.0f} %"


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
