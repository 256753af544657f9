"""How a query compares the column that partitions are cut by with its bounds.

``:from`` is included and ``:to`` is not: with dates and with times of any resolution alike, each row falls
into one partition, and none between two. Other comparisons would lose or repeat the rows of one day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.sql.tokens import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.config.sql.tokens import Token

_WRONG = {
    ("column", ">", "from"): "which leaves out :from; write >= :from",
    ("column", "<=", "to"): "which includes :to; write < :to",
    ("bound", "<", "from"): "which leaves out :from; write :from <=",
    ("bound", ">=", "to"): "which includes :to; write :to >",
}
_RULE = "A partition is what lies from :from on and before :to (the day after its last)"


def comparison_faults(tokens: Sequence[Token], column: str) -> Iterator[Fault]:
    """Yield comparisons of the column with a bound that would cut on the wrong side of a day.

    Only a plain comparison is looked at; what else there is shows in the rows, which are checked against
    their partition.

    :param tokens: those that count.
    :param column: its name; empty looks at nothing.
    """
    for at, token in enumerate(tokens):
        name = token.text[1:].lower()
        if token.text[0] != ":" or name not in {"from", "to"}:
            continue
        before, after = [one.text.upper() for one in tokens[:at]], [one.text for one in tokens[at + 1 :]]
        while before and before[-1] in {"(", "CAST", "DATE", "TIMESTAMP"}:
            before.pop()
        left, right = before[-1:], after[:1]
        if left == ["BETWEEN"] and _is(before[-2:-1], column):
            yield Fault(
                token.line, f"found BETWEEN, which includes both of its ends. {_RULE}: write >= and <"
            )
        elif left and _is(before[-2:-1], column) and (problem := _WRONG.get(("column", left[0], name))):
            yield Fault(token.line, f"found {column} {left[0]} :{name}, {problem}. {_RULE}")
        elif (
            right
            and _is(_last_part(after[1:]), column)
            and (problem := _WRONG.get(("bound", right[0], name)))
        ):
            yield Fault(token.line, f"found :{name} {right[0]} {column}, {problem}. {_RULE}")


def _is(names: Sequence[str], column: str) -> bool:
    """Tell whether a token is the column's name, quoted or not."""
    return bool(column and names) and names[0].strip('"`[]').casefold() == column.casefold()


def _last_part(texts: Sequence[str]) -> list[str]:
    """Return the last part of a dotted name that begins here: ``t.as_of`` is ``as_of``."""
    at = 0
    while texts[at + 1 : at + 2] == ["."]:
        at += 2
    return list(texts[at : at + 1])
