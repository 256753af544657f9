"""The rules that every model's data must hold, so that no contract has to repeat them.

They are ordinary rules of Great Expectations, evaluated and reported as those of ``contract.yaml`` are, but
nobody can change them: a message about one never sends its reader to ``contract.yaml``.

How much one delivery contains is not an error. One class among its labels is normal where the other is rare,
and a small delivery may have no value in a sparse column; whether the window they belong to is enough to
learn from is decided when it is prepared (:mod:`include.data.readiness`).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from include.data.schema import table_columns
from include.data.views.columns import view_of_columns
from include.validation.contract.contract import Rule
from include.validation.label_rules import label_rules
from include.validation.row_rules import row_rules, time_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import JsonValue

    from include.config.schema import ModelConfig
    from include.validation.row_rules import PlainRule

LARGEST = sys.float_info.max

# With so many rows, a column in which all are missing has a value in less than 1 % of them (95 % confidence,
# by the rule of three: Hanley and Lippman-Hand 1983, JAMA 249): it was lost. With fewer it may be chance.
MANY_ROWS = 300

# A share so small that one value among 10^12 rows fulfils it: not every value is missing.
ANY_VALUE = 1e-15


TARGET_RULES: dict[str, Callable[[ModelConfig], tuple[str, str, dict[str, JsonValue]]]] = {
    "binary": lambda _: (
        "expect_column_values_to_be_in_set",
        "The target is 0 or 1; any other value has no meaning.",
        {"value_set": [0, 1]},
    ),
    "multiclass": lambda config: (
        "expect_column_values_to_be_in_set",
        "The target is one of target.classes; the model knows no other class.",
        {"value_set": list(config.target.classes)},
    ),
    "regression": lambda _: (
        "expect_column_values_to_be_between",
        "The target is a finite number; an infinite one is a division by zero upstream.",
        {"min_value": -LARGEST, "max_value": LARGEST},
    ),
}
"""The rule for the target of each task: an expectation, why it holds, and its arguments."""


class BuiltinRule(Rule):
    """A rule that is not in ``contract.yaml``."""


def builtin_rules(
    config: ModelConfig, table: str, partition: str, as_of: str, *, rows: int
) -> tuple[BuiltinRule, ...]:
    """Return the rules for one partition of a table: critical, but for what chance may do to few rows.

    :param config: the model's configuration.
    :param table: ``features`` or ``labels``.
    :param partition: ISO date of the delivery.
    :param as_of: ISO date of the run, which may know nothing later.
    :param rows: rows of the delivery.
    """
    return tuple(_rules(config, table, partition, as_of, rows))


_LOST = "A feature without any value is a column that was lost on its way."
_NO_VALUE = (
    "Of the view {view} no row has a value here: the column was lost on its way, or nothing of the view was "
    "known in time, or all is older than its max_age. Deliver the view, or correct "
    "include/features/{view}.yaml."
)


def _rules(config: ModelConfig, table: str, partition: str, as_of: str, rows: int) -> Iterator[BuiltinRule]:
    kinds = {column.name: column.kind for column in table_columns(config, table)}
    target = config.target.delivered_column
    yield _critical("expect_table_row_count_to_be_between", "A delivery has rows.", min_value=1)
    yield from map(_rule, row_rules(config, table))
    yield from map(_rule, time_rules(config, table, partition, as_of))
    about = kinds.pop(target, None)
    for column in config.weight_columns:
        if kinds.pop(column, None):
            yield from _weight_rules(column)
    for name in config.age_columns:  # missing where the values are, of which the rules speak
        kinds.pop(name, None)
    views = view_of_columns(config)
    for column, kind in kinds.items():
        if kind in {"number", "category"}:
            lost = _NO_VALUE.format(view=views[column]) if column in views else _LOST
            rule = _critical(
                "expect_column_values_to_not_be_null",
                lost
                if rows >= MANY_ROWS
                else f"Under {MANY_ROWS} rows may lack a sparse feature by chance; the window decides.",
                column=column,
                mostly=ANY_VALUE,
            )
            yield rule if rows >= MANY_ROWS else rule.model_copy(update={"severity": "warning"})
        if kind == "number":
            yield _critical(
                "expect_column_values_to_be_between",
                "An infinite value is a division by zero upstream, and estimators refuse it.",
                column=column,
                min_value=-LARGEST,
                max_value=LARGEST,
            )
    if about is not None and config.target.event is None:
        expectation, why, limits = TARGET_RULES[config.task](config)
        yield _critical(expectation, why, column=target, **limits)
    yield from map(_rule, label_rules(config, table, min(partition, as_of)))


def _rule(one: PlainRule) -> BuiltinRule:
    return _critical(one.kind, one.why, **one.kwargs)


def _weight_rules(column: str) -> Iterator[BuiltinRule]:
    yield _critical(
        "expect_column_values_to_not_be_null",
        "A row without a weight counts nobody knows how much; a weight of 0 leaves it out.",
        column=column,
    )
    yield _critical(
        "expect_column_values_to_be_between",
        "A weight is a finite number of 0 or more: it says how many rows this one stands for.",
        column=column,
        min_value=0,
        max_value=LARGEST,
    )
    yield _critical(
        "expect_column_max_to_be_between",
        "A delivery in which no row has a weight above 0 has nothing to learn from or to measure.",
        column=column,
        min_value=0,
        strict_min=True,
    )


def _critical(kind: str, why: str, **kwargs: JsonValue) -> BuiltinRule:
    return BuiltinRule(type=kind, kwargs=kwargs, severity="critical", why=why)
