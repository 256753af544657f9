"""Buttons, pressed in a browser: once, in two windows, by the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import MODEL, runs, started

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.browser import Window

    Enter = Callable[..., Window]

pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.timeout(300)]
PAGE = f"mlops/model/{MODEL}"


def test_a_rollback_asks_for_a_reason_first(enter: Enter, model: str) -> None:
    window = enter("ben", "plugin/models")
    with window.frame() as page:
        page.click("td a", MODEL)
        page.click("button", "Roll back")
        page.see("input:invalid")
        assert runs() == []
        page.see("input[name=reason]").send_keys("branches complain")
        page.click("button", "Roll back")
        page.see("h1", "Roll back: started")
    assert runs() == [(f"{MODEL}_rollback", "ben")]


@pytest.mark.parametrize("action", ["Retrain", "Roll back"])
def test_two_windows_press_the_same_button_and_it_is_one_run(enter: Enter, model: str, action: str) -> None:
    window = enter("ben", PAGE)
    first = window.driver.current_window_handle
    window.driver.switch_to.new_window("tab")
    second = window.driver.current_window_handle
    window.open(PAGE)
    for handle, said in ((first, "started"), (second, "already started")):
        window.driver.switch_to.window(handle)
        if action == "Roll back":
            window.see("input[name=reason]").send_keys("branches complain")
        window.click("button", action)
        window.see("h1", f"{action}: {said}")
    assert len(runs()) == 1
    window.open(PAGE)
    if action == "Roll back":
        window.see("input[name=reason]").send_keys("they still do")
    window.click("button", action)
    window.see("h1", f"{action}: started")
    assert len(runs()) == 2, "who has seen that one runs may start another"


def test_a_double_click_is_one_run(enter: Enter, model: str) -> None:
    from selenium.webdriver import ActionChains

    window = enter("ben", PAGE)
    ActionChains(window.driver).double_click(window.see("button", "Retrain")).perform()
    window.see("h1", "started")
    assert len(runs()) == 1


def test_a_reload_of_the_answer_starts_nothing(enter: Enter, model: str) -> None:
    window = enter("ben", PAGE)
    window.click("button", "Retrain")
    window.see("h1", "Retrain: started")
    window.driver.refresh()
    window.see("h1", "Retrain: already started")
    assert len(runs()) == 1


def test_a_button_is_pressed_by_the_keyboard(enter: Enter, model: str) -> None:
    from selenium.webdriver import ActionChains, Keys

    window = enter("ben", PAGE)
    for _ in range(20):
        ActionChains(window.driver).send_keys(Keys.TAB).perform()
        if window.run("return document.activeElement.innerText") == "Retrain":
            break
    ActionChains(window.driver).send_keys(Keys.ENTER).perform()
    window.see("h1", "Retrain: started")
    assert len(runs()) == 1


def test_the_run_that_was_started_is_one_click_away(enter: Enter, model: str) -> None:
    window = enter("ben", "plugin/models")
    with window.frame() as page:
        page.click("td a", MODEL)
        page.click("button", "Retrain")
        page.click("a", "The run in Airflow")
    window.see("a[href$='/plugin/model-run']", "Model")
    assert f"/dags/{MODEL}_retraining/runs/page__retrain__" in window.driver.current_url


@pytest.mark.parametrize(
    ("section", "label", "fields", "conf"),
    [
        ("main >", "Reject a version", {"subject": "7", "reason": "bad labels"},
         {"request": "reject", "subject": "7", "reason": "bad labels"}),
        ("#quarantine ~ .scroll tr:nth-child(2)", "Release", {"reason": "it was a holiday"},
         {"request": "release", "subject": "0b3d", "reason": "it was a holiday"}),
        ("#alerts ~ .scroll", "Acknowledge", {"reason": "the source is mended"},
         {"request": "acknowledge", "subject": "4f1d", "reason": "the source is mended"}),
    ],
)  # fmt: skip
def test_a_button_beside_something_is_about_it(
    enter: Enter, model: str, section: str, label: str, fields: dict[str, str], conf: dict[str, str]
) -> None:
    window = enter("ben", PAGE)
    form = window.see(f"{section} form", label)
    for name, value in fields.items():
        form.find_element("css selector", f"input[name={name}]:not([type=hidden])").send_keys(value)
    form.find_element("css selector", "button").click()
    window.see("h1", f"{label}: started")
    (run,) = started()
    assert (run.dag_id, run.triggering_user_name) == (f"{MODEL}_requests", "ben")
    assert {name: run.conf[name] for name in conf} == conf
