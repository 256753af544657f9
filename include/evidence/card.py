"""The model card: the parts of a pack for people, as Markdown and as a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from include.evidence.sections import card_sections
from include.media import markdown, markdown_code, markdown_table
from include.reporting.html import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.evidence.sections import Section

CARD, PAGE = "card.md", "card.html"
_EVIDENCE = "evidence/"


def make_card(files: Mapping[str, bytes], subject: str) -> dict[str, bytes]:
    """Return the card of a pack in both forms: path in the pack to content.

    :param files: the other files of the pack; those below ``evidence/`` are JSON.
    :param subject: the version, as people call it.
    """
    evidence = {
        name.removeprefix(_EVIDENCE).removesuffix(".json"): json.loads(content)
        for name, content in files.items()
        if name.startswith(_EVIDENCE)
    }
    readme = files.get("model/README.md", b"").decode("utf-8", errors="replace")
    sections, title = card_sections(evidence, readme), f"Model card: {subject}"
    return {CARD: card_markdown(title, sections).encode(), PAGE: card_page(title, sections).encode()}


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
