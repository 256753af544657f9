"""Rules of a contract that are learned from a table: each holds in it, and says from which figures it comes.

Only what can hardly be right is critical: another unit, or a column half of which is gone. What is merely new
is a warning. What the drift check tells better (a mean that moves, a share that grows) is not made a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING, Any, Literal

from include.names import shown, shown_all
from include.onboarding.tasks import NEW_TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.onboarding.columns import Column
    from include.onboarding.look import Look
    from include.onboarding.source import SourceTable

_MANY = 30  # columns of a kind, from which on warnings about each would hide the others
_SETS = 30  # categories that are listed in a rule
_TIMES, _BEYOND = 9, 0.1  # of the range so far, beyond it on either side
_MOSTLY_MISSING = 0.9


@dataclass(frozen=True, kw_only=True)
class LearnedRule:
    """One rule, as ``contract.yaml`` has it.

    :param type: the expectation.
    :param kwargs: its arguments.
    :param severity: ``critical`` or ``warning``.
    :param why: the reason, with its figures.
    """

    type: str
    kwargs: dict[str, Any]
    severity: Literal["critical", "warning"]
    why: str


def learn_rules(table: SourceTable, found: Look) -> tuple[LearnedRule, ...]:
    """Return the rules for the features, which hold the target too.

    :param table: the table.
    :param found: what was found in it.
    """
    return tuple(_rules(table, found))


def _rules(table: SourceTable, found: Look) -> Iterator[LearnedRule]:
    fewest, most = min(found.cut.rows.values()), max(found.cut.rows.values())
    every = f"The {len(found.cut.rows)} {found.cut.every}s so far"
    yield LearnedRule(
        type="expect_table_row_count_to_be_between",
        kwargs={"min_value": max(1, fewest // 2), "max_value": 2 * most},
        severity="warning",
        why=f"{every} have {fewest:,} to {most:,} rows; half or twice that is a delivery cut short or sent "
        "twice.",
    )
    missing = _missing(table, found)
    for name in found.features.names:
        yield from _filled(found, name, missing[name])
    for name in found.features.numeric:
        yield from _range(found.columns[name], warn=len(found.features.numeric) <= _MANY)
    for name in found.features.categorical:
        yield from _set(found.columns[name])
    if NEW_TASKS[found.target.task].range_rule:
        yield from _range(found.columns[found.target.column], warn=True)


def _missing(table: SourceTable, found: Look) -> dict[str, float]:
    """Return the largest share of missing values that a partition has, by feature."""
    names = found.features.names
    shares = ", ".join(
        f"1 - count({found.columns[name].sql}) / count(*) AS s{at}" for at, name in enumerate(names)
    )
    largest = ", ".join(f"max(s{at})" for at in range(len(names)))
    grouped = f"SELECT {found.partition} AS p, {shares} FROM rows GROUP BY p"
    return dict(zip(names, table.query(f"SELECT {largest} FROM ({grouped})")[0], strict=True))


def _filled(found: Look, name: str, missing: float) -> Iterator[LearnedRule]:
    if missing > _MOSTLY_MISSING:
        return
    so_far = f"at most {missing:.1%} in a {found.cut.every}" if missing else "none"
    yield LearnedRule(
        type="expect_column_values_to_not_be_null",
        kwargs={"column": name, "mostly": max(0.01, floor(50 * (1 - missing)) / 100)},
        severity="critical",
        why=f"Of {found.rows:,} rows so far {so_far} lacked {shown(name)}; a column half of which is gone "
        "was lost on its way.",
    )


def _range(column: Column, *, warn: bool) -> Iterator[LearnedRule]:
    low, high = float(column.low), float(column.high)
    spread = high - low or abs(high) or 1.0
    seen = f"{show(low)} to {show(high)} in {column.rows - column.missing:,} rows"
    yield LearnedRule(
        type="expect_column_values_to_be_between",
        kwargs={
            "column": column.name,
            "min_value": _outward(low - _TIMES * spread, down=True),
            "max_value": _outward(high + _TIMES * spread, down=False),
        },
        severity="critical",
        why=f"{shown(column.name)} is {seen} so far; nine times that range beyond it is another unit.",
    )
    if not warn:
        return
    beyond = _outward(low - _BEYOND * spread, down=True)
    yield LearnedRule(
        type="expect_column_values_to_be_between",
        kwargs={
            "column": column.name,
            "min_value": 0 if low >= 0 > beyond else beyond,
            "max_value": _outward(high + _BEYOND * spread, down=False),
            "mostly": 0.99,
        },
        severity="warning",
        why=f"{shown(column.name)} is {seen} so far; more than one row in a hundred beyond is new."
        + (" It was never negative." if low >= 0 else ""),
    )


def _set(column: Column) -> Iterator[LearnedRule]:
    if not column.values or column.distinct > _SETS:
        return
    names = shown_all(column.values)
    some = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")  # noqa: PLR2004
    yield LearnedRule(
        type="expect_column_values_to_be_in_set",
        kwargs={"column": column.name, "value_set": sorted(column.values), "mostly": 0.99},
        severity="warning",
        why=f"{shown(column.name)} is {some} in {column.rows - column.missing:,} rows so far; more than one "
        "row in a hundred with another value is a "
        "new "
        "group, or another way to write an old one.",
    )


def _outward(number: float, *, down: bool) -> float | int:
    """Return a number with two digits, further out: a limit need not look exact."""
    if not number:
        return 0
    step = 10.0 ** (floor(log10(abs(number))) - 1)
    steps = floor(number / step) if down else -floor(-number / step)
    rounded = float(f"{steps * step:.12g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded  # noqa: PLR2004


def show(number: float) -> str:
    """Return a number as people write it, with up to six digits."""
    whole = float(number).is_integer() and abs(number) < 1e15  # noqa: PLR2004
    return f"{int(number):,}" if whole else f"{number:.6g}"
