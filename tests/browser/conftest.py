"""Airflow with the pages in it, served on this machine below a base URL with a path, and a browser."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from include.pages.accounts import PageAccounts
from include.pages.alerts import KEY as ALERTS
from include.pages.alerts import ShownAlert, ShownAlerts
from include.pages.columns import Column, ColumnDay, ColumnDays
from include.pages.decisions import Decided, Decisions
from include.pages.entry import Entry, Place
from include.pages.quarantine import PageQuarantine, Quarantined
from include.promotion.probation.report import HEADS
from mlops.page_state.keys import ACCOUNTS, COLUMNS, QUARANTINE, decisions_key
from tests.adapter.pages.conftest import USERS, Models, entry, gate
from tests.browser import browser
from tests.world.dag_run import build_dag
from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from airflow.sdk import DAG
    from selenium.webdriver import Chrome

PATH = "/airflow"
MODEL = "credit_risk"
RUN, TASK = "delivery-of-may", "gate"
KINDS = ("training", "scoring", "monitoring", "retraining", "rollback", "requests")


@dataclasses.dataclass(frozen=True)
class Site:
    """Airflow, served.

    :param url: where, with a slash at its end.
    :param passwords: by user.
    :param tokens: by user: what Airflow keeps in a cookie once somebody has logged in.
    """

    url: str
    passwords: dict[str, str]
    tokens: dict[str, str]


@pytest.fixture(scope="session")
def _a_browser_is_there() -> None:
    if lacks := browser.missing():
        pytest.skip(lacks)


@pytest.fixture(scope="package")
def site(
    _a_browser_is_there: None, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Airflow's whole application, listening; whoever asks has to be logged in."""
    port = free_port()
    users = tmp_path_factory.mktemp("users") / "passwords.json"
    settings = {
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": USERS,
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(users),
        "API_AUTH__JWT_SECRET": "what the tests sign with, and long enough for that: 0123456789 0123456789",
        "API__BASE_URL": f"http://127.0.0.1:{port}{PATH}/",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(f"AIRFLOW__{name}", value)
        import uvicorn
        from airflow import plugins_manager
        from airflow.api_fastapi.app import create_app, purge_cached_app
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

        plugins_manager.get_fastapi_plugins.cache_clear()
        purge_cached_app()
        app = create_app()

        async def below_the_path(scope: Any, receive: Any, send: Any) -> None:
            # Airflow reads the path once in a process, and another test may have been first.
            await app({**scope, "root_path": PATH} if scope["type"] == "http" else scope, receive, send)

        server = uvicorn.Server(uvicorn.Config(below_the_path, "127.0.0.1", port, log_level="warning"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server has ended"
            time.sleep(0.05)
        tokens = {
            name: app.state.auth_manager.generate_jwt(SimpleAuthManagerUser(username=name, role=role))
            for name, role in (user.split(":") for user in USERS.split(","))
        }
        yield Site(f"http://127.0.0.1:{port}{PATH}/", json.loads(users.read_text()), tokens)
        server.should_exit = True
        thread.join(20)
        purge_cached_app()


@pytest.fixture(scope="session")
def chrome(_a_browser_is_there: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all tests: its start takes longer than most of them."""
    driver = browser.start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture
def window(chrome: Chrome, site: Site, airflow_database: Path) -> Iterator[browser.Window]:
    """A window in which nobody is logged in; at its end no page of ours may have complained."""
    chrome.switch_to.default_content()
    chrome.set_window_size(*browser.WIDE)
    chrome.get(f"{site.url}mlops/static/page.css")
    chrome.delete_all_cookies()
    chrome.execute_script("localStorage.clear()")
    chrome.get_log("browser")
    found = browser.Window(chrome, site.url)
    yield found
    complaints = found.complaints()
    for handle in chrome.window_handles[1:]:
        chrome.switch_to.window(handle)
        chrome.close()
    chrome.switch_to.window(chrome.window_handles[0])
    assert complaints == []


@pytest.fixture
def enter(window: browser.Window, site: Site) -> Callable[..., browser.Window]:
    """Return a function that logs somebody in by the cookie that the form would leave, and opens a page."""

    def log_in(name: str = "ann", path: str = "") -> browser.Window:
        cookie = {"name": "_token", "value": site.tokens[name], "path": f"{PATH}/", "sameSite": "Lax"}
        window.driver.add_cookie(cookie)
        window.open(path)
        return window

    return log_in


@pytest.fixture
def models(airflow_database: Path) -> Models:
    return Models()


def decided(found: Entry, kind: str = "training", task: str = TASK) -> Entry:
    """Return an entry, left by a task of the example's."""
    return dataclasses.replace(found, place=Place(dag_id=f"{MODEL}_{kind}", run_id=RUN, task_id=task))


def everything(text: str, version: str = "2") -> tuple[dict[str, Entry], dict[str, Any]]:
    """Return what tasks leave of a model about which there is something to say everywhere.

    :param text: stands wherever a name, a column or a sentence of somebody's may stand.
    :param version: the champion.
    :returns: entries by kind, and lists by key.
    """
    links = {"MLflow": "http://127.0.0.1:1/#/experiments/1", text: "http://127.0.0.1:1/x"}
    entries = {
        "gate": decided(entry(gate(text=text))),
        "promotion": decided(entry(version=version), task="promote"),
        "champion": decided(entry(version=version, snapshot=text), task="promote"),
        "scoring": decided(entry(version=version), "scoring", "score"),
        "performance": decided(entry(gate("worse", text), days=30), "monitoring", "performance_check"),
        "drift": decided(entry(gate("impactful drift", text)), "monitoring", "drift_check"),
    }
    entries = {kind: dataclasses.replace(one, links=links) for kind, one in entries.items()}
    since = "2026-01-03T06:00:00+00:00"
    past = Decided(
        at=since, as_of="2026-01-03", decision="reject", subject=text, summary=text,
        place=entries["gate"].place,
    )  # fmt: skip
    kept = Quarantined(md5="0b3c", path=text, why=text)
    lists = {
        decisions_key("gate"): Decisions(decided=(past,)),
        ACCOUNTS: PageAccounts(rows={"1": (text,) * len(HEADS)}),
        COLUMNS: ColumnDays(
            columns=(Column(label=text, importance=0.5), Column(label="age", importance=None)),
            days=tuple(
                ColumnDay(day=f"2026-01-{day:02}", severities=(day / 4, None), drifted=(day > 4, False))
                for day in range(1, 9)
            ),
        ),
        QUARANTINE: PageQuarantine(
            place=entries["gate"].place, deliveries=(kept, dataclasses.replace(kept, md5="0b3d"))
        ),
        ALERTS: ShownAlerts(
            alerts=tuple(
                ShownAlert(cause=cause, kind="failure", words=text, since=since, by=by)
                for cause, by in (("4f1d", ""), ("4f1e", text))
            )
        ),
    }
    return entries, {key: one.to_dict() for key, one in lists.items()}


@pytest.fixture
def retrainable(models: Models, model_folder: Path) -> str:
    """The example, of which Airflow has parsed what its first button starts."""
    models.add(MODEL, {"gate": decided(entry(gate())), "promotion": decided(entry(version="2"))})
    parse(build_dag("retraining", model_folder))
    return MODEL


@pytest.fixture
def model(models: Models, model_folder: Path) -> str:
    """The example, as Airflow knows it once its DAGs are parsed, with a run of two, alike in name."""
    entries, lists = everything("credit_limit")
    models.add(MODEL, entries, lists=lists)
    parse(*(build_dag(kind, model_folder) for kind in KINDS))
    for kind in ("training", "monitoring"):
        start_run(f"{MODEL}_{kind}", RUN)
    return MODEL


def parse(*dags: DAG) -> None:
    """Put DAGs into the database, as Airflow's DAG processor would."""
    from airflow.dag_processing.collection import update_dag_parsing_results_in_db
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.utils.session import create_session

    parsed = [LazyDeserializedDAG.from_dag(dag) for dag in dags]
    with create_session() as session:
        update_dag_parsing_results_in_db("dags", None, parsed, {}, None, set(), session)


def start_run(dag_id: str, run_id: str) -> None:
    """Create a run with its tasks, as the trigger form would."""
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.utils.types import DagRunTriggeredByType

    trigger_dag(dag_id, run_id=run_id, triggered_by=DagRunTriggeredByType.TEST)


def started() -> list[Any]:
    """Return the runs that buttons have started."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        query = select(DagRun).where(DagRun.run_id.startswith("page__")).order_by(DagRun.id)
        return list(session.scalars(query))


def runs() -> list[tuple[str, str | None]]:
    """Return the DAG and the user of each run that a button has started."""
    return [(run.dag_id, run.triggering_user_name) for run in started()]
