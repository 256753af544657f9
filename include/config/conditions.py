"""Check the literals of a ``row_condition``: one that selects no row makes its rule hold whatever comes."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from include.config.literals import value_mistake
from include.config.mistakes import Key, Mistake, one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from include.data.schema import Kind

_BACKTICKS = re.compile(r"`([^`]+)`")
_COLUMN = "col"  # as in col("age") > 5, of Great Expectations' own parser


def condition_mistakes(key: Key, condition: Any, kinds: Mapping[str, Kind]) -> Iterator[Mistake]:
    """Yield the comparisons of a column with a literal of another type than the column's.

    Two forms are understood: an expression in the grammar of Python, which both parsers of Great Expectations
    take (``education == "1"``, ``col("age") > 5``), and the mapping that its condition objects are stored as.
    What is neither is left to the validation, which says so when no row was selected.

    :param key: of the condition.
    :param condition: as it stands in the contract.
    :param kinds: the table's columns and what they hold.
    """
    if isinstance(condition, str):
        yield from (Mistake(key, text) for text in _expression(condition, kinds))
    elif isinstance(condition, dict):
        yield from (Mistake(key, text) for text in _stored(condition, kinds))


def _stored(condition: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Check a condition object and those inside of it."""
    column = condition.get("column")
    if isinstance(column, dict):
        yield from _compare(str(column.get("name")), condition.get("parameter"), kinds)
    for inner in condition.get("conditions") or ():
        if isinstance(inner, dict):
            yield from _stored(inner, kinds)


def _expression(text: str, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Check every comparison of an expression."""
    quoted: dict[str, str] = {}

    def stand_in(found: re.Match[str]) -> str:
        name = f"_quoted_{len(quoted)}"
        quoted[name] = found[1]
        return name

    try:
        tree = ast.parse(_BACKTICKS.sub(stand_in, text).strip(), mode="eval")
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # education.isin([1, 2])
            sides = [node.func.value, *node.args] if node.func.attr == "isin" else []
        else:
            continue
        columns = [name for side in sides if (name := _column(side, quoted)) is not None]
        values = [value for side in sides for value in _values(side)]
        for column in columns:
            if not values and column not in kinds:
                yield f"unknown column {column!r}; {one_of(kinds, column)}"
            for value in values:
                yield from _compare(column, value, kinds)


def _compare(column: str, value: Any, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Check one column against a literal, or each of a list."""
    if column not in kinds:
        yield f"unknown column {column!r}; {one_of(kinds, column)}"
        return
    for item in value if isinstance(value, (list, tuple)) else [value]:
        problem = None if item is None else value_mistake(item, column, kinds[column], None)
        if problem:
            yield f"the comparison has one outcome for every row: {problem}"


def _column(node: ast.expr, quoted: Mapping[str, str]) -> str | None:
    """Return the column that a side of a comparison names, or None."""
    if isinstance(node, ast.Name):
        return quoted.get(node.id, node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _COLUMN:
        first = node.args[0] if node.args else None
        return str(first.value) if isinstance(first, ast.Constant) else None
    return None


def _values(node: ast.expr) -> list[Any]:
    """Return the literals of a side of a comparison."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return []
    return list(value) if isinstance(value, (list, tuple, set)) else [value]
