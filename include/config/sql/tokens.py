"""Cut a query into tokens with their lines, and find what databases would not cut in the same way.

The lexer is sqlparse's, which Airflow's SQL hooks are built on. It knows no particular database, so it and a
database may disagree on where a text ends. What it would have to guess is refused: the text between the
quotes of one reading would be code in the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlparse import lexer
from sqlparse import tokens as kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTES = "'\""
_ACUTE = "\u00b4"  # an accent that sqlparse takes for a quote
_LONGEST = 40
_BLANKS = " \t\n\r\f"  # sqlparse takes others for blanks too, which PostgreSQL takes for letters


class Token(NamedTuple):
    """A token of a query.

    :param kind: sqlparse's type.
    :param text: as it is written.
    :param line: 1-based line on which it begins.
    """

    kind: Any
    text: str
    line: int

    @property
    def counts(self) -> bool:
        """Whether it is more than blanks or a comment."""
        return self.kind not in kinds.Whitespace and self.kind not in kinds.Comment

    @property
    def word(self) -> str:
        """Its first word in upper case: ``CREATE OR REPLACE`` is one token."""
        return (self.text.split() or [""])[0].upper()


class Fault(NamedTuple):
    """What is wrong with a query.

    :param line: 1-based line.
    :param text: what was found, what is expected and what to do.
    """

    line: int
    text: str


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens of a query, blanks and comments among them: together they are the text.

    :param text: of the query.
    """
    found, line = [], 1
    for kind, value in lexer.tokenize(text):
        found.append(Token(kind, value, line))
        line += value.count("\n")
    return tuple(found)


def ambiguities(tokens: tuple[Token, ...]) -> Iterator[Fault]:
    """Yield what databases read in different ways, or what is not SQL at all.

    :param tokens: from :func:`tokenize`.
    """
    for token in tokens:
        problem = _explain(token)
        if problem:
            yield Fault(token.line, problem)


def shown(text: str) -> str:
    """Return a piece of a query on one line, cut where it is long."""
    line = " ".join(text.split())
    return repr(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}...")


def _explain(token: Token) -> str | None:
    """Return why a token is refused, or None."""
    kind, text = token.kind, token.text
    if kind in kinds.String and any(f"\\{quote}" in text for quote in _QUOTES):
        return (
            f"found {shown(text)}, in which a backslash stands before a quote: some databases end the text "
            "there, some do not. Double the quote ('it''s'), or put the backslash together with chr(92)"
        )
    if kind in kinds.Comment:
        return _explain_comment(text)
    blank = _foreign_blank(token)
    if blank:
        return (
            f"found the character U+{ord(blank):04X}, which looks like a blank and is none in SQL; type a "
            "blank in its place"
        )
    if kind in kinds.Error or (_ACUTE in text and kind not in kinds.String and token.counts):
        what = "a quote that is not closed" if text in _QUOTES else "no SQL"
        hint = "; templates are not filled in: bind :from and :to" if text in "{}" else ""
        return f"found {shown(text)}, which is {what}{hint}"
    return None


def _foreign_blank(token: Token) -> str | None:
    """Return a character outside of texts, quoted names and comments that not every database skips."""
    if token.kind in kinds.String or token.kind in kinds.Comment or token.text[:1] in {"`", "["}:
        return None
    return next((one for one in token.text if one.isspace() and one not in _BLANKS), None)


def _explain_comment(text: str) -> str | None:
    """Return why a comment is refused, or None."""
    if text.startswith("#"):
        return f"found {shown(text)}: '#' begins a comment in some databases only; begin comments with --"
    if text.startswith("--") and text.strip("-\r\n") and not text[2:3].isspace():
        return f"found {shown(text)}: without a blank after '--' it begins no comment in MySQL; put one there"
    if text.startswith(("/*!", "/*M!")):
        return f"found {shown(text)}, which MySQL would run; expected comments that only people read"
    if "/*" in text[2:]:
        return f"found {shown(text)}, a comment in a comment, which databases end in different places"
    return None
