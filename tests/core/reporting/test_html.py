"""Every template escapes what it shows, and fails when something it shows is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from include.reporting import html
from include.reporting.html import render

pytestmark = pytest.mark.core

INCLUDE = Path(html.__file__).parents[1]
PAGES = sorted(
    path.relative_to(INCLUDE).as_posix()
    for path in INCLUDE.rglob("*.html.j2")
    if path.name not in {"base.html.j2", "macros.html.j2"}
)


def test_there_are_pages():
    assert len(PAGES) == 6


@pytest.mark.parametrize("page", PAGES)
def test_a_value_that_is_missing_is_an_error(page):
    with pytest.raises(UndefinedError):
        render(page)


def test_a_title_is_text():
    page = render("reporting/base.html.j2", title="</title><script>\x1b[31m\u202e&")
    assert "<title>&lt;/title&gt;&lt;script&gt;\\x1b[31m\\u202e&amp;</title>" in page
    assert page.isprintable() or all(letter.isprintable() or letter == "\n" for letter in page)


@pytest.mark.parametrize("page", PAGES)
def test_a_template_switches_escaping_off_nowhere(page):
    source = (INCLUDE / page).read_text(encoding="utf-8")
    assert "safe" not in source
    assert "autoescape" not in source
