"""Tables of plain text, for a task log or a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.media import log_line

if TYPE_CHECKING:
    from collections.abc import Sequence


def text_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose columns are as wide as their widest cell.

    :param heads: the heads of the columns.
    :param rows: as many cells each, any text.
    """
    lines = [[log_line(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
