"""The model card: the parts of a pack for people, as Markdown and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.media import markdown, markdown_code, markdown_table
from include.reporting.html import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.evidence.sections import Section


def card_markdown(title: str, sections: Sequence[Section]) -> str:
    """Return a card as Markdown.

    :param title: its heading.
    :param sections: its parts.
    """
    lines = [f"# {markdown(title)}"]
    for one in sections:
        lines += ["", f"## {markdown(one.title)}"]
        if one.file:
            lines += ["", f"All of it: [{one.file}]({one.file})"]
        if one.facts:
            lines += [
                "",
                *(f"- **{markdown(name)}**: {markdown(value)}" for name, value in one.facts.items()),
            ]
        if one.heads:
            lines += ["", *markdown_table(one.heads, one.rows)]
        if one.note:
            lines += ["", markdown(one.note)]
        if one.text:
            lines += ["", markdown_code(one.text)]
    return "\n".join(lines) + "\n"


def card_page(title: str, sections: Sequence[Section]) -> str:
    """Return a card as a page.

    :param title: its heading.
    :param sections: its parts.
    """
    return render("evidence/card.html.j2", title=title, sections=sections)
