"""A query of a model: one that reads, between two bounds, and does nothing else.

What is refused here is refused when ``model.yaml`` is read. The database has the last word all the same: the
source runs a query within another one (``SELECT ... FROM (query)``) and, where the database can, in a
transaction that may not write.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from sqlparse import tokens as kinds

from include.config.sql.bounds import comparison_faults
from include.config.sql.tokens import Fault, ambiguities, shown, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.config.sql.tokens import Token

Bound = Literal["from", "to"]
BOUNDS: tuple[Bound, ...] = ("from", "to")

_READS = ("SELECT", "WITH")
# Within a statement that begins with SELECT or WITH. Others, such as COPY, can only begin one.
_WRITES = {
    "INSERT", "UPDATE", "DELETE", "MERGE", "UPSERT", "INTO", "TRUNCATE", "CREATE", "DROP", "ALTER", "GRANT",
    "REVOKE", "CALL", "EXEC", "EXECUTE",
}  # fmt: skip
_LOCKS = {"SHARE", "KEY", "NO"}


@dataclass(frozen=True)
class Parameter:
    """A place of a query where a bound is put in.

    :param name: which one.
    """

    name: Bound


@dataclass(frozen=True)
class Query:
    """A query that was read and found to be safe to run.

    :param pieces: its text, cut at its parameters; without a semicolon at the end.
    """

    pieces: tuple[str | Parameter, ...]


class QueryFaultsError(Exception):
    """A query may not be run.

    :param faults: why, each with its line.
    """

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"line {fault.line}: {fault.text}" for fault in faults))
        self.faults = faults


def read_query(text: str, column: str = "") -> Query:
    """Return a query, ready to have its bounds bound.

    :param text: content of its file.
    :param column: the column that partitions are cut by: how it is compared with the bounds is checked.
    :raises QueryFaultsError: it does not only read, or has not both bounds.
    """
    tokens = tokenize(text)
    counting = [token for token in tokens if token.counts]
    if all(token.text == ";" for token in counting):
        raise QueryFaultsError([Fault(1, "holds no query; expected one that begins with SELECT or WITH")])
    faults = [
        *ambiguities(tokens),
        *_statement_faults(counting),
        *_parameter_faults(tokens),
        *comparison_faults(counting, column),
    ]
    if faults:
        raise QueryFaultsError(sorted(set(faults)))
    last = max(at for at, token in enumerate(tokens) if token.counts and token.text != ";")
    return Query(tuple(_merge(tokens[: last + 1])))


def _statement_faults(tokens: list[Token]) -> Iterator[Fault]:
    """Yield why this is not one statement that reads."""
    while tokens and tokens[-1].text == ";":
        tokens = tokens[:-1]
    first = next((token for token in tokens if token.text != "("), tokens[0])
    if first.word not in _READS:
        yield Fault(
            first.line, f"begins with {shown(first.text)}; expected SELECT or WITH: a source is only read"
        )
    end = next((at for at, token in enumerate(tokens) if token.text == ";"), None)
    if end is not None:
        second = tokens[end + 1]
        yield Fault(second.line, f"found {shown(second.text)} after ';'; expected one statement in a file")
    yield from _writing_faults(tokens)
    yield from _nesting_faults(tokens)


def _writing_faults(tokens: list[Token]) -> Iterator[Fault]:
    """Yield the words that write, or that lock rows."""
    for before, token in pairwise(tokens):
        called = token.kind in kinds.Name and token.word in {"EXEC", "EXECUTE"}
        if token.word in _WRITES and (token.kind in kinds.Keyword or called):
            yield Fault(
                token.line,
                f"found {token.word}, which writes or locks; a source is only read. A column of that name is "
                "put into double quotes",
            )
        elif before.word == "FOR" and token.word in _LOCKS:
            yield Fault(token.line, f"found FOR {token.word}, which locks rows; a source is only read")


def _nesting_faults(tokens: list[Token]) -> Iterator[Fault]:
    """Yield a bracket without its other half: the query would end the one that it is put into."""
    opened: list[Token] = []
    for token in tokens:
        if token.text == "(":
            opened.append(token)
        elif token.text == ")":
            if not opened:
                yield Fault(token.line, "found ')' without a '(' before it")
                return
            opened.pop()
    if opened:
        yield Fault(opened[-1].line, "found '(' without a ')' after it")


def _parameter_faults(tokens: tuple[Token, ...]) -> Iterator[Fault]:
    """Yield the bounds that are missing, and parameters that nobody would fill in."""
    placeholders = [token for token in tokens if token.kind in kinds.Name.Placeholder]
    found = {_bound(token) for token in placeholders}
    for token in placeholders:
        if _bound(token) is None and not token.text[1:].isdigit():
            hint = (
                " PostgreSQL's operator ? is written jsonb_exists(a, b)" if token.text == "?"
                else " With blanks around it, % is the remainder" if token.text == "%s"
                else ""
            )  # fmt: skip
            yield Fault(token.line, f"found the parameter {token.text}; there are only :from and :to.{hint}")
        elif token.text.startswith("$"):
            yield Fault(token.line, f"found the parameter {token.text}; there are only :from and :to.")
    for name in BOUNDS:
        if name in found:
            continue
        hidden = next(
            (token for token in tokens if f":{name}" in token.text.lower() and token.kind not in kinds.Name),
            None,
        )
        where = "" if hidden is None else ", and in a text or a comment it is none"
        yield Fault(
            hidden.line if hidden else 1,
            f"has no parameter :{name}{where}; expected both bounds, such as "
            "WHERE as_of >= :from AND as_of < :to",
        )


def _bound(token: Token) -> Bound | None:
    """Return the bound that a parameter stands for."""
    name = token.text[1:].lower()
    return name if token.text.startswith(":") and name in BOUNDS else None


def _merge(tokens: tuple[Token, ...]) -> Iterator[str | Parameter]:
    """Yield text and parameters in turn."""
    text = ""
    for token in tokens:
        name = _bound(token) if token.kind in kinds.Name.Placeholder else None
        if name is None:
            text += token.text
            continue
        yield text
        yield Parameter(name)
        text = ""
    if text:
        yield text
