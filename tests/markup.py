"""Read pages and Markdown as a browser does, and refuse what is not well formed."""

from __future__ import annotations

from html.parser import HTMLParser

from markdown_it import MarkdownIt

_VOID = {"meta", "br", "img"}
_OPTIONAL = {"td", "th", "tr"}  # HTML lets their ends be left out
_KNOWN = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "h1",
    "h2",
    "p",
    "b",
    "span",
    "dl",
    "div",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "br",
    "ul",
    "li",
    "img",
}
_ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "alt", "src"}


class Page(HTMLParser):
    """What a page holds; an element or attribute that no page of ours has is an error.

    :param source: the page.
    """

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.text = ""
        self._open: list[str] = []
        assert not [letter for letter in source if not letter.isprintable() and letter != "\n"]
        source.encode()
        self.feed(source)
        self.close()
        assert [tag for tag in self._open if tag not in _OPTIONAL] == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _KNOWN, tag
        assert {name for name, _ in attrs} <= _ATTRIBUTES, attrs
        if tag in {"td", "th"}:
            self._close_optional({"td", "th"})
            self.rows[-1].append("")
        if tag == "tr":
            self._close_optional(_OPTIONAL)
            self.rows.append([])
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _OPTIONAL:
            self._close_optional(_OPTIONAL)
        while self._open and tag in {"tr"} and self._open[-1] in {"td", "th"}:
            self._open.pop()
        assert self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data
        if self._open and {"td", "th"} & set(self._open) and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data

    def _close_optional(self, tags: set[str]) -> None:
        while self._open and self._open[-1] in tags:
            self._open.pop()


def markdown_blocks(source: str) -> list[str]:
    """Return the blocks of a text in Markdown, in order: headings, paragraphs, tables, items."""
    tokens = _parser().parse(source)
    return [token.tag for token in tokens if token.nesting == 1]


def markdown_rows(source: str) -> list[list[str]]:
    """Return the cells of all tables in a text in Markdown, as their readers see them."""
    rows: list[list[str]] = []
    inside = False
    for token in _parser().parse(source):
        if token.type == "tr_open":
            rows.append([])
        inside = token.type in {"td_open", "th_open"} or (inside and token.type == "inline")
        if token.type == "inline" and inside:
            rows[-1].append(seen(token))
            inside = False
    return rows


def markdown_text(source: str) -> list[str]:
    """Return what readers see of each heading, paragraph, cell and item; markup in them is an error."""
    return [seen(token) for token in _parser().parse(source) if token.type == "inline"]


def seen(token) -> str:
    """Return the text of a block without any markup inside."""
    assert {child.type for child in token.children} <= {"text", "text_special", "softbreak"}, token
    return "".join(child.content for child in token.children)


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
