"""What a page has to be for everybody, asked of the browser that shows it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.browser.browser import Window


def faint(page: Window) -> list[str]:
    """Return texts that stand out too little from their ground, with how much they do."""
    return list(_ask(page, "faint"))


def unsaid(page: Window) -> list[str]:
    """Return pictures and fields without text, and headings out of order."""
    return list(_ask(page, "unsaid"))


def overflowing(page: Window) -> list[str]:
    """Return what is wider than the page, so that people have to scroll sideways to read a line."""
    return list(_ask(page, "overflowing"))


def broken(page: Window) -> list[str]:
    """Return words of up to twelve letters that are broken over two lines."""
    return list(_ask(page, "broken"))


def unreached(page: Window) -> list[str]:
    """Go through a page by the Tab key; return what it reaches not at all, out of order, or unseen."""
    from selenium.webdriver import ActionChains, Keys

    wanted = _ask(page, "controls")
    page.run("document.body.tabIndex = -1; document.body.focus()")
    reached: list[int] = []
    unseen: list[str] = []
    for _ in range(3 * len(wanted) + 10):  # what can be scrolled is reached as well
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        found = _ask(page, "focused")
        if found is None or found[0] in reached:
            break
        number, seen = found
        if number >= 0:
            reached.append(number)
            if not seen:
                unseen.append(f"has the focus unseen: {wanted[number]}")
    missing = [f"not reached: {one}" for number, one in enumerate(wanted) if number not in reached]
    return [*missing, *unseen, *([] if reached == sorted(reached) else [f"out of order: {reached}"])]


def _ask(page: Window, function: str) -> Any:
    return page.run(f"{_script()}\nreturn {function}();")


@cache
def _script() -> str:
    return Path(__file__).with_suffix(".js").read_text()
