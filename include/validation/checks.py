"""Turn the rules of a contract into expectations of Great Expectations, and say what each one has to see.

An expectation that checks row by row can be fed the rows in pieces, and its counts added up. One on
uniqueness can too, when equal keys fall into the same piece. Only what checks a column as a whole (a mean, a
median, the set of its values) has to see all of it at once. That is what bounds memory.
"""

from __future__ import annotations

import importlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from include.config.config_errors import nearest
from include.data.ingest.clock_text import to_utc
from include.errors import ConfigError
from include.names import quoted, shown
from include.validation.contract.expectations import CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import ModuleType

    from include.data.schema import Column
    from include.validation.contract.contract import Rule

Feed = Literal["rows", "keys", "column", "count", "names"]

_BY_KEY = {"expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"}
# These are of the family that checks row by row, but each row is checked by others or by the column's type.
_AS_A_WHOLE = {
    "expect_column_value_z_scores_to_be_less_than",
    "expect_column_values_to_be_decreasing",
    "expect_column_values_to_be_in_type_list",
    "expect_column_values_to_be_increasing",
    "expect_column_values_to_be_of_type",
    "expect_column_values_to_not_be_outliers",
}
_COUNT = {"expect_table_row_count_to_be_between", "expect_table_row_count_to_equal"}
_NAMES = {
    "expect_column_to_exist",
    "expect_table_column_count_to_be_between",
    "expect_table_column_count_to_equal",
    "expect_table_columns_to_match_ordered_list",
    "expect_table_columns_to_match_set",
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One rule, ready to be evaluated.

    :param rule: as the contract has it.
    :param feed: ``rows`` and ``keys`` see their columns in pieces, ``column`` sees them whole, ``count`` the
        number of rows only, ``names`` the names of all columns only.
    :param columns: columns to read for it.
    :param expectation: the configured expectation of Great Expectations.
    """

    rule: Rule
    feed: Feed
    columns: tuple[str, ...]
    expectation: Any


def import_gx() -> ModuleType:
    """Import Great Expectations without its 200 lines in the log, and return it.

    It has no analytics to switch off any more (1.24), and neither a data context nor a project is made.
    """
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    return importlib.import_module("great_expectations")


def build_checks(rules: Iterable[Rule], columns: tuple[Column, ...]) -> tuple[Check, ...]:
    """Return the checks for rules, in their order.

    :param rules: rules of one table.
    :param columns: columns of that table.
    :raises ConfigError: an expectation that does not exist, takes other arguments, names a column that the
        table does not have, or works on databases only.
    """
    import_gx()
    return tuple(_check(rule, {column.name: column for column in columns}) for rule in rules)


def rule_label(rule: Rule) -> str:
    """Return a rule as a message names it: its type and its columns."""
    return f"{rule.type} on {', '.join(map(shown, rule.columns))}" if rule.columns else rule.type


def _check(rule: Rule, columns: Mapping[str, Column]) -> Check:
    """Build one check."""
    from great_expectations.exceptions import ExpectationNotFoundError
    from great_expectations.expectations import registry
    from great_expectations.expectations.legacy_row_conditions import ConditionParserError

    try:
        implementation = registry.get_expectation_impl(rule.type)
    except ExpectationNotFoundError as error:
        near = nearest(rule.type, registry.list_registered_expectation_implementations())
        raise ConfigError(
            f"contract.yaml: Great Expectations has no {rule.type!r}"
            + (f"; did you mean {near!r}?" if near else "; its documentation lists those there are.")
        ) from error
    feed = _feed(rule, implementation)
    if feed in {"rows", "keys", "column"}:
        _check_columns(rule, columns)
    try:
        expectation = implementation(**_typed(rule, columns), severity=rule.severity, notes=rule.why)
    except (ValueError, TypeError, ConditionParserError) as error:  # pydantic's is a ValueError
        said = "; ".join(line.strip() for line in str(error).splitlines()[1:] if line.strip()) or str(error)
        raise ConfigError(
            f"contract.yaml: {rule_label(rule)} does not take its arguments: {said}."
        ) from error
    # A row condition names columns in an expression of its own; reading one too many does no harm.
    condition = str(rule.kwargs.get("row_condition", ""))
    named = tuple(name for name in columns if name in rule.columns or (condition and name in condition))
    ordered = (*rule.columns, *(name for name in named if name not in rule.columns))
    return Check(rule=rule, feed=feed, columns=ordered, expectation=expectation)


def _feed(rule: Rule, implementation: Any) -> Feed:
    """Return what an expectation has to see."""
    from great_expectations.expectations.expectation import (
        ColumnMapExpectation,
        ColumnPairMapExpectation,
        MulticolumnMapExpectation,
    )

    row_by_row = (ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation)
    if rule.type in _COUNT:
        return "count"
    if rule.type in _NAMES:
        return "names"
    if rule.type in _BY_KEY:
        return "keys"
    if not rule.columns:
        raise ConfigError(
            f"contract.yaml: {rule.type} names no column and can't be checked on a snapshot; only rules on "
            "columns, on the number of rows and on the names of columns can."
        )
    return "rows" if issubclass(implementation, row_by_row) and rule.type not in _AS_A_WHOLE else "column"


def _check_columns(rule: Rule, columns: Mapping[str, Column]) -> None:
    for name in rule.columns:
        if name not in columns:
            near = nearest(name, columns)
            raise ConfigError(
                f"contract.yaml: {rule.type} names the column {quoted(name)}, which the table does not "
                f"have; it has {', '.join(map(shown, columns))}"
                + (f"; did you mean {near!r}?" if near else ".")
            )


def _typed(rule: Rule, columns: Mapping[str, Column]) -> dict[str, Any]:
    """Return the arguments of a rule, with dates where a rule on dates has text: YAML and JSON know none.

    Times are compared in UTC; one without a zone is of the column's.
    """
    named = [columns[name] for name in rule.columns if name in columns]
    if {CLASSES[column.kind] for column in named} != {"date"}:
        return dict(rule.kwargs)
    zone = named[0].zone
    try:
        return {
            name: [_date(item, zone) for item in value]
            if name == "value_set" and isinstance(value, list)
            else _date(value, zone)
            if name in {"min_value", "max_value"}
            else value
            for name, value in rule.kwargs.items()
        }
    except ValueError as error:
        raise ConfigError(f"contract.yaml: {rule_label(rule)}: {error}; expected ISO dates.") from error


def _date(value: Any, zone: str) -> Any:
    return to_utc(value, zone) if isinstance(value, str) else value
