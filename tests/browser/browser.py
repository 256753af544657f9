"""The system's Chromium, driven by Selenium, and Airflow's UI as a person uses it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

SECONDS = 60  # for something to appear; a busy machine needs most of it for Airflow's own first page
WIDE, PHONE = (1500, 1000), (390, 844)  # pixels
_SANDBOX = "An iframe which has both allow-scripts and allow-same-origin"  # is Airflow's to decide
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def missing() -> str:
    """Return what this machine lacks to drive a browser; empty if it lacks nothing."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "Selenium is not installed: pip install -r requirements-browser.txt"
    if not _browser():
        return f"there is no browser: none of {', '.join(_BROWSERS)} is in PATH"
    if not shutil.which("chromedriver"):
        return "there is no chromedriver in PATH; Debian has it in chromium-driver"
    return ""


def _browser() -> str:
    return next(filter(None, map(shutil.which, _BROWSERS)), "")


def start(profile: Path, *, size: tuple[int, int] = WIDE) -> Chrome:
    """Start a browser without a window.

    :param profile: a folder for all that it keeps.
    :param size: of its window, in pixels.
    """
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = _browser()
    for flag in (
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
        "--force-device-scale-factor=1", "--lang=en-GB", f"--window-size={size[0]},{size[1]}",
        f"--user-data-dir={profile}", "--disable-background-networking", "--disable-component-update",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return Chrome(options=options, service=Service(shutil.which("chromedriver")))


class Window:
    """A window of Airflow's UI.

    :param driver: the browser.
    :param url: where Airflow is served, with a slash at its end.
    """

    def __init__(self, driver: Chrome, url: str) -> None:
        self.driver = driver
        self.url = url
        self.heard: list[str] = []

    def open(self, path: str = "") -> None:
        """Go to a page of Airflow's."""
        self.driver.switch_to.default_content()
        self.driver.get(self.url + path)

    def see(self, css: str, text: str = "") -> WebElement:
        """Wait for an element that is shown, with a text in it, and return it.

        Airflow draws anew while it loads: an element that is gone by then is looked up again.
        """
        from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
        from selenium.webdriver.support.ui import WebDriverWait

        def found(driver: Chrome) -> WebElement | bool:
            return next(
                (
                    one for one in driver.find_elements("css selector", css)
                    if one.is_displayed() and text in one.text
                ),
                False,
            )  # fmt: skip

        ignored = (NoSuchElementException, StaleElementReferenceException)
        wait = WebDriverWait(self.driver, SECONDS, poll_frequency=0.2, ignored_exceptions=ignored)
        return wait.until(found, f"{css!r} with {text!r} was not shown at {self.driver.current_url}")

    def click(self, css: str, text: str = "") -> None:
        """Press what is shown, again if Airflow has drawn it anew meanwhile."""
        from selenium.common.exceptions import (
            ElementClickInterceptedException,
            StaleElementReferenceException,
        )
        from selenium.webdriver.support.ui import WebDriverWait

        def pressed(_: Chrome) -> bool:
            self.see(css, text).click()
            return True

        ignored = (StaleElementReferenceException, ElementClickInterceptedException)
        WebDriverWait(self.driver, SECONDS, ignored_exceptions=ignored).until(pressed)

    def log_in(self, name: str, password: str) -> None:
        """Fill in Airflow's form."""
        self.open()
        self.see("input[name=username]").send_keys(name)
        self.see("input[name=password]").send_keys(password)
        self.click("button[type=submit]")
        self.see("a[href$='/plugin/models']")

    @contextmanager
    def frame(self, name: str = "Models") -> Iterator[Window]:
        """Look into the frame of a view while the block runs; Airflow titles it with the view's name."""
        self.driver.switch_to.default_content()
        self.driver.switch_to.frame(self.see(f"iframe[title='{name}']"))
        try:
            self.see("main")
            yield self
        finally:
            self.driver.switch_to.default_content()

    def text(self, css: str = "main") -> str:
        """Return what stands in an element."""
        return self.see(css).text

    def run(self, script: str, *values: Any) -> Any:
        """Return what a script returns, run in one piece: nothing is drawn anew meanwhile."""
        return self.driver.execute_script(script, *values)

    def complaints(self) -> list[str]:
        """Return what the console has said of our pages since it was asked last: errors and refusals.

        Of Airflow's own pages only what a policy has refused counts.
        """
        new = [f"{one['level']} {one['message']}" for one in self.driver.get_log("browser")]
        self.heard += new
        return [
            one for one in new
            if "Content Security Policy" in one
            or ("/mlops/" in one and one.startswith(("SEVERE", "WARNING")) and _SANDBOX not in one)
        ]  # fmt: skip
