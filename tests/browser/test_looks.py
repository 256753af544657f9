"""Light and dark, wide and narrow, with eyes and without: the pages for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapter.pages.conftest import entry, gate
from tests.browser.browser import PHONE
from tests.browser.conftest import MODEL
from tests.browser.looks import broken, faint, overflowing, unreached, unsaid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.adapter.pages.conftest import Models
    from tests.browser.browser import Window

    Enter = Callable[..., Window]

pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.timeout(300)]
OUTER = "return getComputedStyle(parent.document.documentElement).getPropertyValue('--chakra-colors-bg')"
OWN = "return document.documentElement.style.getPropertyValue('--bg')"
GROUND = "return getComputedStyle(document.body).backgroundColor"
PAGES = ("mlops/models", f"mlops/model/{MODEL}", "mlops/tab?dag_id=x", "mlops/model/nobody")


@pytest.fixture
def every_tone(models: Models, model: str) -> None:
    """Models in each state that has a colour of its own."""
    models.add(
        "calm", {"gate": entry(gate()), "scoring": entry(version="3"), "promotion": entry(version="3")}
    )
    models.add("failed", {"gate": entry(gate("block")), "drift": entry(gate("retrain"))}, state="failed")
    models.add("paused", {"policy": "edited by hand"}, paused=True)


def choose(window: Window, theme: str) -> None:
    """Choose a theme in Airflow's own menu."""
    window.click("button", "User")
    window.click("[role=menuitem]", "Appearance")
    window.click("[role=menuitemradio]", theme)


def test_the_frame_follows_airflows_theme_while_it_is_open(enter: Enter, model: str) -> None:
    window = enter("ann", "plugin/models")
    grounds = []
    for theme, name in (("Dark Mode", "dark"), ("Light Mode", "light"), ("Dark Mode", "dark")):
        choose(window, theme)
        with window.frame() as page:
            page.see(f"html.{name} main")
            grounds.append(page.run(GROUND))
            assert page.run(OWN) == page.run(OUTER).strip() != ""
    assert grounds[0] == grounds[2] != grounds[1]
    window.driver.refresh()
    with window.frame() as page:
        page.see("html.dark main")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_text_stands_out_from_its_ground_within_airflow(
    enter: Enter, every_tone: None, theme: str
) -> None:
    window = enter("eve")
    window.run("localStorage.setItem('theme', arguments[0])", theme)
    window.open("plugin/models")
    with window.frame() as page:
        page.see(f"html.{theme} main")
        assert faint(page) == []
        for name in (MODEL, "failed", "paused"):
            page.click("td a", name)
            page.see("h1", name)
            page.run("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert faint(page) == []
            page.click("a", "All models")
            page.see("h1", "Models")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_text_stands_out_from_its_ground_in_a_window_of_its_own(
    enter: Enter, every_tone: None, theme: str
) -> None:
    window = enter("eve", "mlops/models")
    feature = {"name": "prefers-color-scheme", "value": theme}
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    try:
        for path in PAGES:
            window.open(path)
            window.see("main")
            assert faint(window) == []
            assert (window.run(GROUND) == "rgb(255, 255, 255)") == (theme == "light")
    finally:
        window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        window.driver.get_log("browser")  # one page answers with 404


def test_pictures_fields_and_headings_say_what_they_are(enter: Enter, every_tone: None) -> None:
    for path in PAGES:
        window = enter("eve", path)
        window.see("main")
        assert unsaid(window) == [], path
    window.driver.get_log("browser")


def test_the_keyboard_reaches_all_that_a_mouse_does(enter: Enter, every_tone: None) -> None:
    for path in PAGES[:2]:
        window = enter("eve", path)
        window.see("main")
        assert unreached(window) == [], path


def test_no_short_word_is_broken_over_two_lines(enter: Enter, every_tone: None) -> None:
    window = enter("eve", "plugin/models")
    with window.frame() as page:
        assert broken(page) == []
        page.click("td a", MODEL)
        page.see("h1", MODEL)
        page.run("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert broken(page) == []


@pytest.mark.parametrize("inside", [True, False])
def test_nothing_is_wider_than_a_phone(enter: Enter, every_tone: None, inside: bool) -> None:
    window = enter("eve")
    size = {"width": PHONE[0], "height": PHONE[1], "deviceScaleFactor": 1, "mobile": True}
    window.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for path in PAGES[:2] if inside else PAGES:
            window.open(path.replace("mlops/", "plugin/models/mlops/") if inside else path)
            if inside:
                with window.frame() as page:
                    assert overflowing(page) == [], path
                    assert page.run("return innerWidth") < PHONE[0]
            else:
                window.see("main")
                assert overflowing(window) == [], path
                assert window.run("return innerWidth") == PHONE[0]
    finally:
        window.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        window.driver.get_log("browser")
