"""Buttons, pressed in Airflow's own application: by whom, from where, how often."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from include.pages.alerts import KEY, ShownAlert, ShownAlerts
from include.pages.entry import Place
from include.pages.quarantine import PageQuarantine, Quarantined
from mlops.page_state.keys import QUARANTINE
from tests.adapter.pages.conftest import Models, entry, gate
from tests.world.dag_run import build_dag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient

    from tests.adapter.pages.conftest import Login

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(300)]

TOKEN = "0123456789abcdef" * 2
OWN = {"Sec-Fetch-Site": "same-origin"}
MODEL = "credit_risk"


@pytest.fixture
def model(models: Models, model_folder: Path) -> str:
    """The example, as Airflow knows it once its DAGs are parsed."""
    from airflow.dag_processing.collection import update_dag_parsing_results_in_db
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.utils.session import create_session

    kept = Quarantined(md5="0b3c", path="m/features/2026-01-03.parquet", why="a child among customers")
    lists = {
        QUARANTINE: PageQuarantine(
            place=Place(dag_id=f"{MODEL}_training"), deliveries=(kept, replace(kept, md5="0b3d"))
        ).to_dict(),
        KEY: ShownAlerts(
            alerts=tuple(
                ShownAlert(cause=cause, kind="failure", words=words, since="2026-01-03T06:00:00+00:00", by=by)
                for cause, words, by in (("4f1d", "validate failed", ""), ("4f1e", "told", "eve"))
            )
        ).to_dict(),
    }
    models.add(MODEL, {"gate": entry(gate()), "promotion": entry(version="2")}, lists=lists)
    dags = [build_dag(kind, model_folder) for kind in ("retraining", "rollback", "requests")]
    with create_session() as session:
        update_dag_parsing_results_in_db(
            "dags", None, [LazyDeserializedDAG.from_dag(dag) for dag in dags], {}, None, set(), session
        )
    return MODEL


def press(client: TestClient, action: str, headers: dict[str, str] | None = None, **form: str) -> Any:
    fields = {"token": TOKEN, **form}
    return client.post(
        f"/mlops/model/{MODEL}/{action}", data=fields, headers=OWN if headers is None else headers
    )


def runs() -> Iterator[Any]:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        yield from session.scalars(select(DagRun).where(DagRun.run_id.startswith("page__"))).all()


def audit() -> list[tuple[str | None, str]]:
    from airflow.models.log import Log
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        query = select(Log.owner, Log.event, Log.dag_id).where(Log.event == "trigger_dag_run")
        return [(owner, dag_id) for owner, _, dag_id in session.execute(query)]


def test_a_button_starts_the_dag_in_the_users_name(login: Login, model: str) -> None:
    answer = press(login("ben"), "roll-back", reason="branches complain", only_from="2")
    assert answer.status_code == 200, answer.text
    assert "Roll back: started" in answer.text
    (run,) = runs()
    assert (run.dag_id, run.run_id) == (f"{model}_rollback", f"page__roll-back__{TOKEN}")
    assert run.triggering_user_name == "ben"
    assert {**run.conf, "target": None} == {"reason": "branches complain", "only_from": "2", "target": None}
    assert audit() == [("ben", f"{model}_rollback")]


def test_a_button_that_is_pressed_twice_is_one_run(login: Login, model: str) -> None:
    assert "Retrain: started" in press(login("ben"), "retrain").text
    assert "Retrain: already started" in press(login("eve"), "retrain").text
    assert len(list(runs())) == 1


def test_the_page_offers_what_the_user_may_do(login: Login, model: str) -> None:
    shown = login("ben").get(f"/mlops/model/{model}").text
    assert re.findall(r'action="([^"]+)"', shown) == [
        f"/airflow/mlops/model/{model}/{name}"
        for name in ("retrain", "roll-back", "reject", "acknowledge", "release", "release")
    ]
    assert 'name="only_from" value="2"' in shown
    tokens = re.findall(r'name="token" value="([0-9a-f]{32})"', shown)
    assert len(set(tokens)) == 6, "two deliveries are two presses"
    assert "<form" not in login("ann").get(f"/mlops/model/{model}").text


def tokens(client: TestClient) -> list[str]:
    return re.findall(r'name="token" value="([0-9a-f]{32})"', client.get(f"/mlops/model/{MODEL}").text)


def test_two_windows_hold_the_same_button_until_its_dag_has_a_newer_run(login: Login, model: str) -> None:
    first, second = tokens(login("ben")), tokens(login("eve"))
    assert first == second
    assert "Retrain: started" in press(login("ben"), "retrain", token=first[0]).text
    assert "Retrain: already started" in press(login("eve"), "retrain", token=second[0]).text
    assert len(list(runs())) == 1
    newer = tokens(login("eve"))
    assert (newer[0] != first[0], newer[1:] == first[1:]) == (True, True)
    assert "Retrain: started" in press(login("eve"), "retrain", token=newer[0]).text
    assert len(list(runs())) == 2


@pytest.mark.parametrize(
    ("action", "form", "conf"),
    [
        ("release", {"subject": "0b3c"}, {"request": "release", "subject": "0b3c"}),
        ("acknowledge", {"subject": "4f1d"}, {"request": "acknowledge", "subject": "4f1d"}),
        ("reject", {"subject": "3", "request": "release"}, {"request": "reject", "subject": "3"}),
    ],
)
def test_what_a_person_asks_for_is_a_run_of_its_dag(
    login: Login, model: str, action: str, form: dict[str, str], conf: dict[str, str]
) -> None:
    answer = press(login("ben"), action, reason="seen by hand", **form)
    assert ": started" in answer.text, answer.text
    (run,) = runs()
    assert (run.dag_id, run.triggering_user_name) == (f"{model}_requests", "ben")
    assert run.conf == {**conf, "reason": "seen by hand"}, "the button says what is asked for, no form does"


def test_what_needs_an_action_is_shown_with_its_words(login: Login, model: str) -> None:
    text = login("ann").get(f"/mlops/model/{model}").text
    for said in ("a child among customers", "validate failed", "alert since 2026-01-03 06:00 UTC", "eve"):
        assert said in text
    listed = login("ann").get("/mlops/models").text
    assert "validate failed" in listed


def test_who_may_not_start_a_dag_starts_nothing(login: Login, model: str) -> None:
    assert press(login("ann"), "retrain").status_code == 403
    assert press(login(), "retrain").status_code == 401
    assert list(runs()) == []


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"},
     {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://testserver:5500"},
     {"Cookie": "_token=x"}],
)  # fmt: skip
def test_a_form_of_another_origin_is_refused(login: Login, model: str, headers: dict[str, str]) -> None:
    answer = press(login("eve"), "retrain", headers)
    assert answer.status_code == 403
    assert "You may not do this" in answer.text
    assert list(runs()) == []


@pytest.mark.parametrize("headers", [{"Origin": "http://testserver"}, {}])
def test_a_browser_without_the_newer_header_and_a_script_with_a_token_may(
    login: Login, model: str, headers: dict[str, str]
) -> None:
    assert press(login("eve"), "retrain", headers).status_code == 200


@pytest.mark.parametrize(
    ("action", "form", "status"),
    [("retrain", {"token": ""}, 422), ("retrain", {"token": "../x"}, 422),
     ("retrain", {"x": "y" * 30_000}, 413),
     ("roll-back", {}, 400), ("roll-back", {"reason": "  "}, 400), ("roll-back", {"reason": "no"}, 400),
     ("nothing", {}, 404)],
)  # fmt: skip
def test_a_form_that_cannot_be_meant_starts_nothing(
    login: Login, model: str, action: str, form: dict[str, str], status: int
) -> None:
    answer = press(login("eve"), action, **form)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert list(runs()) == []


def test_a_visit_presses_nothing(login: Login, model: str) -> None:
    assert login("eve").get(f"/mlops/model/{model}/retrain").status_code in {404, 405}
    assert list(runs()) == []
