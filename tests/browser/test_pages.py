"""Each page and tab in Airflow's own UI, as people of three roles see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import MODEL, RUN, TASK, parse, runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.browser import Window
    from tests.browser.conftest import Site

    Enter = Callable[..., Window]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
BUTTONS = ["Retrain", "Roll back", "Reject a version", "Acknowledge", "Release", "Release"]
ENTRY = "a[href$='/plugin/models']"


def test_a_user_finds_a_model_in_the_menu_and_retrains_it(enter: Enter, retrainable: str) -> None:
    """CI's share: entry, frame, a base URL with a path, cookie, policy and a button, in one way."""
    window = enter("ben", "plugin/models")
    window.see(ENTRY, "Models")
    with window.frame() as page:
        page.see("h1", "Models")
        page.click("td a", MODEL)
        page.see("h1", MODEL)
        page.click("button", "Retrain")
        page.see("h1", "Retrain: started")
    assert runs() == [(f"{MODEL}_retraining", "ben")]


@pytest.mark.full
@pytest.mark.parametrize(("name", "buttons"), [("ann", []), ("ben", BUTTONS), ("eve", BUTTONS)])
def test_people_log_in_and_see_the_buttons_that_are_theirs(
    window: Window, site: Site, model: str, name: str, buttons: list[str]
) -> None:
    window.log_in(name, site.passwords[name])
    window.click(ENTRY)
    with window.frame() as page:
        page.click("td a", MODEL)
        page.see("h1", MODEL)
        assert page.run("return [...document.querySelectorAll('button')].map(b => b.innerText)") == buttons


@pytest.mark.full
@pytest.mark.parametrize(
    ("path", "opened"),
    [
        (f"dags/{MODEL}_training", ["drift", "performance"]),  # what is bad
        (f"dags/{MODEL}_training/runs/{RUN}", ["gate", "promotion"]),
        (f"dags/{MODEL}_monitoring/runs/{RUN}", ["drift", "performance"]),
        (f"dags/{MODEL}_training/runs/{RUN}/tasks/{TASK}", ["gate"]),
        (f"dags/{MODEL}_training/runs/{RUN}/tasks/promote", ["promotion"]),
    ],
)
def test_the_tab_of_a_dag_a_run_and_a_task_opens_what_was_decided_there(
    enter: Enter, model: str, path: str, opened: list[str]
) -> None:
    window = enter("ann", path)
    window.click("a[href*='/plugin/model']:not([href$='/plugin/models'])", "Model")
    with window.frame("Model") as page:
        page.see("h1", MODEL)
        found = page.run(
            "return [...document.querySelectorAll('details[open] > summary strong')].map(s => s.innerText)"
        )
        assert found == opened


@pytest.mark.full
def test_the_tab_on_a_dag_of_no_model_says_so(enter: Enter, model: str) -> None:
    from airflow.sdk import DAG

    parse(DAG("somebody_elses", schedule=None))
    window = enter("ann", "dags/somebody_elses/plugin/model")
    with window.frame("Model") as page:
        assert "somebody_elses is not a DAG of a model" in page.text()
        page.click("a", "All models")
        page.see("h1", "Models")


@pytest.mark.full
def test_links_lead_into_airflow_and_back(enter: Enter, model: str) -> None:
    window = enter("ann", "plugin/models")
    with window.frame() as page:
        page.click("td a", MODEL)
        page.click("td a", f"{MODEL}_scoring")
    window.see("a[href$='/plugin/model']", "Model")
    assert window.driver.current_url == f"{window.url}dags/{MODEL}_scoring"
    window.driver.back()
    with window.frame() as page:
        page.see("h1")


@pytest.mark.full
@pytest.mark.parametrize("link", [f"{MODEL}_scoring", "All models"])
def test_a_link_opens_a_window_of_its_own_for_whoever_asks_for_one(
    enter: Enter, model: str, link: str
) -> None:
    """The frame's sandbox lets no link do that by itself."""
    from selenium.webdriver import ActionChains, Keys
    from selenium.webdriver.support.ui import WebDriverWait

    window = enter("ann", "plugin/models")
    with window.frame() as page:
        page.click("td a", MODEL)
        page.see("h1", MODEL)
        found = page.see("a", link)
        ActionChains(window.driver).key_down(Keys.CONTROL).click(found).key_up(Keys.CONTROL).perform()
        assert page.see("h1", MODEL)
    WebDriverWait(window.driver, 30).until(lambda driver: len(driver.window_handles) == 2)
    window.driver.switch_to.window(window.driver.window_handles[1])
    WebDriverWait(window.driver, 30).until(lambda driver: driver.current_url.startswith(window.url))
    assert window.driver.current_url.endswith({"All models": "mlops/models"}.get(link, f"dags/{link}"))


@pytest.mark.full
def test_a_models_page_is_kept_by_a_reload_and_by_a_bookmark(enter: Enter, model: str) -> None:
    window = enter("ann", "plugin/models")
    with window.frame() as page:
        page.click("td a", MODEL)
        page.see("h1", MODEL)
    window.see("iframe")
    bookmark = window.driver.current_url
    assert bookmark != f"{window.url}plugin/models"
    for go in (window.driver.refresh, lambda: window.driver.get(bookmark)):
        go()
        with window.frame() as page:
            page.see("h1", MODEL)


@pytest.mark.full
def test_an_address_that_names_nothing_is_a_page(enter: Enter, model: str) -> None:
    for path, said in (
        ("mlops/tab", "It names no DAG"), ("mlops/model/nobody", "There is no model of this name"),
        ("mlops/nothing", "There is no such page"),
    ):  # fmt: skip
        window = enter("ann", path)
        assert said in window.text()
        window.driver.get_log("browser")  # which names the status that was answered
