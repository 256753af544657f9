r"""Put a text into a log, Markdown, a page, a picture or a message, so that it stays a text.

Whatever was composed of our words and of what data brought (:func:`include.names.shown`) goes through one of
these functions once, where it is put into its medium. Plain text comes out as it went in. Control characters,
breaks of lines, and whatever turns the direction of writing, become escapes such as ``\x1b``.

Markdown is CommonMark with the tables of GitHub, which MLflow's and Airflow's pages show. Slack's three
characters: https://api.slack.com/reference/surfaces/formatting.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff"
    r"\ud800-\udfff]|(?<=:):(?=(?:end)?group::)"  # Airflow's pages fold a log from ::group:: on
)
_BREAK = re.compile(r"[ \t]*[\n\t]\s*")
_MARKDOWN = re.compile(
    r"[\\`*<>|~&]|(?<![^\W_])_|_(?![^\W_])|\](?=[(\[:])|(?<=!)\["
    r"|^(?=[#=]|[+-](?:\s|$)|--)|^(\s*\d+)(?=[.)](?:\s|$))",  # a list begins with a blank after its mark
    re.ASCII,
)


def log_lines(text: str) -> str:
    """Return a text for a log; its lines stay lines.

    :param text: any text.
    """
    return _UNSAFE.sub(lambda found: _escaped(found[0]), text.replace("\r\n", "\n"))


def log_line(text: str) -> str:
    """Return a text on one line of a log; a break between two of its lines becomes a blank.

    :param text: any text.
    """
    return _BREAK.sub(" ", log_lines(text))


def markdown(text: str) -> str:
    """Return a text on one line, or in one cell, of Markdown.

    :param text: any text.
    """
    return _MARKDOWN.sub(_escape_markdown, log_line(text))


def markdown_code(text: str) -> str:
    """Return a text as a block of code in Markdown; its lines stay lines.

    :param text: any text.
    """
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{log_lines(text)}\n{fence}"


def html(text: str) -> str:
    """Return a text for a page.

    :param text: any text.
    """
    return escape(log_lines(text))


def slack(text: str) -> str:
    """Return a text for a message in Slack.

    :param text: any text.
    """
    return escape(log_lines(text), quote=False)


def figure_text(text: str) -> str:
    """Return a text for a picture: what the font has no glyph for becomes an escape.

    Matplotlib reads formulas between dollar signs, so each text is drawn with ``parse_math=False`` too.

    :param text: any text; its lines stay lines.
    """
    known = _glyphs()
    return "".join(
        letter if letter == "\n" or ord(letter) in known else _escaped(letter) for letter in log_lines(text)
    )


@cache
def _glyphs() -> frozenset[int]:
    """Return the code points that matplotlib's font can draw."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties())).get_charmap())


def _escaped(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code < 1 << 8 else f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


def _escape_markdown(found: re.Match[str]) -> str:
    return f"{found[1]}\\" if found[1] else f"\\{found[0]}"


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table in Markdown.

    :param heads: the heads of the columns, any text.
    :param rows: as many cells each, any text.
    """
    cells = [[markdown(cell) for cell in row] for row in (heads, *rows)]
    return [f"| {' | '.join(line)} |" for line in (cells[0], ["---"] * len(heads), *cells[1:])]
