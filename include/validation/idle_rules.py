"""Find rules whose ``row_condition`` selects no row: Great Expectations calls them successful."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.validation.contract.contract import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONDITION = ("row_condition", "condition_parser")


def conditional(rules: Sequence[Rule]) -> list[int]:
    """Return the places of the rules that check some rows only."""
    return [place for place, rule in enumerate(rules) if rule.kwargs.get("row_condition") and rule.columns]


def selection_rules(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return for each of :func:`conditional` a rule that checks the same rows and counts all of them.

    Its outcome does not matter; its ``element_count`` is the number of rows that the condition selects.
    """
    return tuple(
        Rule(
            type="expect_column_values_to_not_be_null",
            kwargs={
                "column": rules[place].columns[0],
                **{name: rules[place].kwargs[name] for name in _CONDITION if name in rules[place].kwargs},
            },
            severity="warning",
            why="It counts the rows that another rule checks.",
        )
        for place in conditional(rules)
    )
