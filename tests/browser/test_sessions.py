"""Sessions that end while a page is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import MODEL, PATH, runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.browser import Window

    Enter = Callable[..., Window]

pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.timeout(300)]
# Lets Airflow's own window ask its server no more.
QUIET = """
parent.XMLHttpRequest.prototype.send = () => {};
parent.fetch = () => new Promise(() => {});
"""


def end(window: Window, how: str) -> None:
    """End the session of whoever is logged in."""
    window.driver.delete_all_cookies()
    if how == "another secret":  # such as of an API server that was given a new one
        cookie = {"name": "_token", "value": "eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiJiZW4ifQ.x", "path": f"{PATH}/"}
        window.driver.add_cookie(cookie)


@pytest.mark.parametrize("how", ["removed", "another secret"])
def test_a_session_that_has_ended_is_said_in_the_frame_and_begun_anew_from_there(
    enter: Enter, model: str, how: str
) -> None:
    window = enter("ben", "plugin/models")
    with window.frame() as page:
        page.see("td a", MODEL)
        # Airflow's own window asks its server every few seconds, and goes to the login by itself.
        page.run(QUIET)
        end(window, how)
        page.click("td a", MODEL)
        page.see("h1", "You are not logged in")
        assert "session has ended" in page.text()
        page.click("a", "Log in")
    window.see("input[name=password]")
    window.driver.get_log("browser")  # which names the status that was answered


@pytest.mark.parametrize("how", ["removed", "another secret"])
def test_a_button_that_is_pressed_too_late_starts_nothing(enter: Enter, model: str, how: str) -> None:
    window = enter("ben", f"mlops/model/{MODEL}")
    window.see("button", "Retrain")
    end(window, how)
    window.click("button", "Retrain")
    window.see("h1", "You are not logged in")
    assert runs() == []
    window.driver.get_log("browser")
