"""Check the literals of a ``row_condition``: one that selects no row makes its rule hold whatever comes."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING, Any

from include.config.config_errors import ConfigIssue, Key, one_of, shown_value
from include.validation.contract.expectations import CLASSES
from include.validation.contract.literal_values import value_issue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from include.data.schema import Kind

_BACKTICKS = re.compile(r"`([^`]+)`")
_SAME = {"==", "!=", "in", "not_in"}
_COLUMN = "col"  # as in col("age") > 5, of Great Expectations' own parser


def condition_issues(
    key: Key, condition: Any, kinds: Mapping[str, Kind], parser: Any = None
) -> Iterator[ConfigIssue]:
    """Yield what keeps a condition from selecting some of the rows: literals that its column never holds.

    Two forms are understood: an expression in the grammar of Python, which both parsers of Great Expectations
    take (``education == "1"``, ``col("age") > 5``), and the mapping that its condition objects are stored as.

    :param key: of the condition.
    :param condition: as it stands in the contract.
    :param kinds: the table's columns and what they hold.
    :param parser: the rule's ``condition_parser``.
    """
    if isinstance(condition, str) and condition.strip():
        yield from (ConfigIssue(key, text) for text in _expression(condition, kinds, parser))
    elif isinstance(condition, dict):
        yield from (ConfigIssue(key, text) for text in _stored(condition, kinds))
    elif condition is not None:
        text = f"found {shown_value(condition)}; expected a condition in quotes, such as 'age > 30'"
        yield ConfigIssue(key, text)


def _stored(condition: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Check a condition object and those inside of it."""
    column = condition.get("column")
    if isinstance(column, dict):
        same = condition.get("operator") in _SAME
        yield from _compare(str(column.get("name")), condition.get("parameter"), kinds, same=same)
    for inner in condition.get("conditions") or ():
        if isinstance(inner, dict):
            yield from _stored(inner, kinds)


def _expression(text: str, kinds: Mapping[str, Kind], parser: Any) -> Iterator[str]:
    """Check every comparison of an expression."""
    quoted: dict[str, str] = {}

    def stand_in(found: re.Match[str]) -> str:
        name = f"_quoted_{len(quoted)}"
        quoted[name] = found[1]
        return name

    try:
        tree = ast.parse(_with_words(_BACKTICKS.sub(stand_in, text).strip()), mode="eval")
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        if parser in {None, "pandas"} and "@" not in text:
            yield f"found {text!r}, which is not a condition ({error.args[0]}); expected such as 'age > 30'"
        return  # another grammar, which the validation knows
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
                same = isinstance(operator, (ast.Eq, ast.NotEq, ast.In, ast.NotIn))
                within = isinstance(operator, (ast.In, ast.NotIn))
                yield from _pair(left, right, quoted, kinds, same=same, within=within)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            for argument in node.args if node.func.attr == "isin" else ():  # education.isin([1, 2])
                yield from _pair(node.func.value, argument, quoted, kinds, same=True, within=True)


def _with_words(text: str) -> str:
    """Return an expression with ``and`` and ``or`` for ``&`` and ``|``, which bind alike in pandas."""
    words = {"&": "and", "|": "or"}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return tokenize.untokenize(
        (tokenize.NAME, words[token]) if kind == tokenize.OP and token in words else (kind, token)
        for kind, token, *_ in tokens
    )


def _pair(
    left: ast.expr, right: ast.expr, quoted: Mapping[str, str], kinds: Mapping[str, Kind], *, same: bool,
    within: bool,
) -> Iterator[str]:  # fmt: skip
    """Check two sides of a comparison."""
    for one, other in ((left, right), (right, left)):
        column = _column(one, quoted)
        if column is None:
            continue
        values = _values(other)
        if within and isinstance(values, str) and not isinstance(other, ast.List):
            yield f"{column!r} is looked for in a text; write a list: [{values!r}]"
        else:
            yield from _compare(column, values, kinds, same=same)


def _compare(column: str, value: Any, kinds: Mapping[str, Kind], *, same: bool) -> Iterator[str]:
    """Check one column against a literal, or each of a list.

    :param same: whether equal values are looked for, and not larger or smaller ones.
    """
    if column not in kinds:
        yield f"unknown column {column!r}; {one_of(kinds, column)}"
        return
    if same and CLASSES[kinds[column]] == "date":
        day = value if isinstance(value, str) else "2005-04-30"
        yield (
            "no text equals a date here, so the comparison has the same outcome for every row: write "
            f'{column} >= "{day}" and {column} <= "{day}"'
        )
        return
    for item in value if isinstance(value, (list, tuple, set)) else [value]:
        if item is None:
            yield f"nothing equals a missing value: write {column}.isnull() or {column}.notnull()"
        elif problem := value_issue(item, column, kinds[column], None):
            yield f"the comparison has the same outcome for every row: {problem}"


def _column(node: ast.expr, quoted: Mapping[str, str]) -> str | None:
    """Return the column that a side of a comparison names, or None."""
    if isinstance(node, ast.Name):
        return quoted.get(node.id, node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _COLUMN:
        first = node.args[0] if node.args else None
        return str(first.value) if isinstance(first, ast.Constant) else None
    return None


def _values(node: ast.expr) -> Any:
    """Return the literals of a side of a comparison; an empty list where it is none."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return []
