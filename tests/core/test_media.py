from __future__ import annotations

import warnings
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from include.media import (
    figure_text,
    html,
    log_line,
    log_lines,
    markdown,
    markdown_code,
    markdown_table,
    slack,
)
from include.reporting.text_table import text_table
from tests.markup import markdown_blocks, markdown_rows, markdown_text

pytestmark = pytest.mark.core

ANY = st.text(st.characters(exclude_categories=()))
MARKUP = [
    "a|b",
    "`a`",
    "*a*",
    "_a_",
    "__a__",
    "<b>x</b>",
    "<!-- x -->",
    "[a](http://x)",
    "![a](http://x)",
    "# a",
    "- a",
    "+ a",
    "1. a",
    "1) a",
    "> a",
    "---",
    "===",
    "&amp;",
    "&lt;script&gt;",
    "a\\|b",
    "\\",
    "~~a~~",
    "a\nb",
    "a\r\n| b |",
    "a\n\n# b",
    "\x1b[31mred",
    "::group::x",
    "\x00",
    "<http://x>",
    "[a]: http://x",
    "``a``",
    "\\`a\\`",
    "a\\",
    "\ud800",
    "a\u2028b",
]


@pytest.mark.parametrize("text", ["roc_auc 0.91 [0.9, 0.92]", "floor:roc_auc", "+0.1 (is fine)", "a.b-c"])
def test_plain_text_is_left_alone(text):
    assert log_line(text) == slack(text) == html(text) == figure_text(text) == text
    assert markdown(text).lstrip("\\") == text


@given(st.lists(ANY | st.sampled_from(MARKUP), min_size=1, max_size=4))
@example(MARKUP)
def test_a_table_in_markdown_has_a_cell_for_each_text_and_no_markup_in_it(texts):
    lines = markdown_table([f"h{number}" for number in range(len(texts))], [texts, texts])
    rows = markdown_rows("\n".join(["# t", "", *lines, "", "end"]))
    expected = [log_line(text).strip() for text in texts]
    assert [[" ".join(cell.split()) for cell in row] for row in rows[1:]] == [
        [" ".join(cell.split()) for cell in expected]
    ] * 2


@given(ANY | st.sampled_from(MARKUP))
@example("*")
@example(" - a")
def test_a_sentence_in_markdown_stays_one_paragraph(text):
    seen = log_line(f"x{text}").strip()
    assert markdown_blocks(
        f"# {markdown('t' + text)}\n\n{markdown('x' + text)}\n\n- {markdown('x' + text)}"
    ) == [
        "h1",
        "p",
        "ul",
        "li",
        "p",
    ]
    assert markdown_text(markdown(f"x{text}")) == [seen]


@given(ANY | st.sampled_from(MARKUP) | st.text("`~ \n"))
@example("```\n# out")
def test_code_in_markdown_stays_one_block(text):
    tokens = MarkdownIt("commonmark").parse(f"# t\n\n{markdown_code(text)}\n\nend")
    assert [token.type for token in tokens if token.type in {"fence", "paragraph_open"}] == [
        "fence",
        "paragraph_open",
    ]


@pytest.mark.parametrize("text", MARKUP)
def test_a_paragraph_may_begin_with_markup(text):
    assert markdown_blocks(markdown(text)) in (["p"], [])


@given(ANY | st.sampled_from(MARKUP))
def test_a_log_line_is_one_line_without_control(text):
    line = log_line(text)
    assert len(line.splitlines()) <= 1
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in line)
    assert "::group::" not in line
    assert "::endgroup::" not in line
    line.encode()
    assert log_line(line) == line
    assert log_lines(text).count("\n") == text.replace("\r\n", "\n").count("\n")


@given(ANY | st.sampled_from(MARKUP))
def test_html_is_text(text):
    class Reader(HTMLParser):
        found = ""

        def handle_data(self, data):
            self.found += data

        def handle_starttag(self, tag, attrs):
            raise AssertionError(tag)

    reader = Reader()
    reader.feed(html(text))
    reader.close()
    assert reader.found == log_lines(text)


@given(ANY | st.sampled_from(MARKUP))
def test_slack_gets_no_mention_and_no_link(text):
    assert "<" not in slack(text)
    assert ">" not in slack(text)


@settings(deadline=None)  # the first one looks for fonts
@given(st.text(st.sampled_from("$\\_^{}#%&~日\n ")) | ANY)
@example("$")
@example("$0_$49")
@example("日本")
def test_a_picture_is_drawn_whatever_stands_in_it(text):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    figure.text(0, 0, figure_text(text), parse_math=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.canvas.draw()


@given(st.lists(st.tuples(ANY, ANY), min_size=1))
def test_a_text_table_has_a_line_for_each_row(rows):
    assert len(text_table(("a", "b"), rows).split("\n")) == len(rows) + 1
