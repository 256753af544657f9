"""The pages in Airflow's own application: who sees them, what they show, and what is put into them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from include.pages.decisions import Decided, Decisions
from include.pages.entry import Place
from mlops.page_state.keys import ACCOUNTS, COLUMNS, decisions_key
from tests.adapter.pages.conftest import HOSTILE, Models, entry, gate

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.adapter.pages.conftest import Login

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(300)]
_REASON = {"rule": "difference", "passed": True, "found": "0.01", "required": "> 0"}


def test_no_route_answers_whom_it_does_not_know(airflow_app: FastAPI, login: Login) -> None:
    from mlops.pages.app import build_app

    routes = build_app().routes
    paths = {route.path for route in routes}
    assert {"/models", "/model/{name:path}", "/tab", "/static"} <= paths
    nobody = login()
    for path in sorted(paths - {"/static"}):
        for method in sorted(next(route.methods for route in routes if route.path == path)):
            answer = nobody.request(method, f"/mlops{path}".replace("{name:path}", "m"))
            assert answer.status_code == 401, (method, path)
    answer = nobody.get("/mlops/models")
    assert "You are not logged in" in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert nobody.get("/mlops/static/page.js").status_code == 200


def test_a_login_that_airflow_does_not_know_any_more_is_asked_for_again(login: Login) -> None:
    client = login()
    client.cookies.set("_token", "eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiJiZW4ifQ.x")
    answer = client.get("/mlops/models")
    assert answer.status_code == 401
    assert "You are not logged in" in answer.text
    assert 'data-airflow="./" href="/airflow/">Log in' in answer.text


def test_an_address_with_slashes_is_a_page_too(login: Login, models: Models) -> None:
    models.add("m", {"gate": entry(gate())})
    for path in ("/mlops/model/m/champion", "/mlops/model/m%2Fchampion", "/mlops/model/../m/x"):
        answer = login("ann").get(path)
        assert (answer.status_code, "There is no model of this name" in answer.text) == (404, True)


def test_all_models_are_shown_by_how_much_they_need_somebody(login: Login, models: Models) -> None:
    models.add(
        "calm", {"gate": entry(gate()), "scoring": entry(version="3"), "promotion": entry(version="3")}
    )
    models.add("broken", {"gate": entry(gate("block"))}, state="failed")
    answer = login("ann").get("/mlops/models")
    assert answer.status_code == 200
    text = answer.text
    assert text.index("broken") < text.index("calm")
    assert "version 3" in text
    assert "the last run of training failed" in text
    assert "2026-01-05 06:00 UTC" in text
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_one_model_shows_the_verdicts_with_their_counterfactuals(login: Login, models: Models) -> None:
    models.add("m", {"gate": entry(gate("block", "worse by 0.2")), "performance": entry(gate())})
    text = login("ann").get("/mlops/model/m").text
    for said in ("worse by 0.2", "a loss below 0.01", "<svg", "0.88 to 0.92", "m_training"):
        assert said in text
    assert 'href="/airflow/mlops/static/page.css' in text, "links hold below a base URL with a path"
    assert 'href="/airflow/dags/m_training"' in text, "also outside of Airflow's frame"


def test_an_unknown_model_is_a_page_that_says_so(login: Login, models: Models) -> None:
    answer = login("ann").get("/mlops/model/nobody")
    assert answer.status_code == 404
    assert "There is no model of this name" in answer.text


def test_whoever_may_not_read_the_dags_does_not_learn_of_a_model(
    login: Login, models: Models, monkeypatch: pytest.MonkeyPatch, airflow_app: FastAPI
) -> None:
    models.add("mine", {})
    models.add("secret", {})
    own = {"mine_training", "mine_scoring"}
    monkeypatch.setattr(airflow_app.state.auth_manager, "get_authorized_dag_ids", lambda **_: own)
    client = login("ann")
    assert "secret" not in client.get("/mlops/models").text
    assert client.get("/mlops/model/secret").status_code == 404
    tab = client.get("/mlops/tab", params={"dag_id": "secret_training"})
    assert "is not a DAG of a model" in tab.text
    shown = client.get("/mlops/model/mine").text
    assert "mine_training" in shown
    assert "mine_monitoring" not in shown


def test_of_a_dag_that_somebody_may_not_read_he_sees_nothing(
    login: Login, models: Models, monkeypatch: pytest.MonkeyPatch, airflow_app: FastAPI
) -> None:
    """Neither its verdict nor its name, also where he may read another DAG of the same model."""
    place = Place(dag_id="m_scoring", run_id="r1", task_id="score")
    seen = replace(entry(version="3"), place=place)
    decided = Decided(
        at="2026-01-05T06:00:00+00:00", as_of="2026-01-03", decision="reject", subject="version 2",
        summary="worse by 0.2", place=Place(dag_id="m_training", run_id="r1", task_id="gate"),
    )  # fmt: skip
    lists = {
        decisions_key("gate"): Decisions(decided=(decided,)).to_dict(),
        COLUMNS: {"format": 1, "columns": [["income", 0.5]], "days": [["2026-01-03", "d", [2.0]]]},
        ACCOUNTS: {"format": 1, "rows": [["1", ["promised 0.02", *["x"] * 7]]]},
    }
    models.add(
        "m", {"gate": entry(gate("block", "worse by 0.2")), "policy": {"a": "secret"}, "scoring": seen},
        lists=lists,
    )  # fmt: skip
    secrets = ("worse by 0.2", "m_training", "income", "promised 0.02", "this page entry")
    whole = login("ann").get("/mlops/model/m").text
    assert [one for one in secrets if one not in whole] == []
    own = {"m_scoring"}
    monkeypatch.setattr(airflow_app.state.auth_manager, "get_authorized_dag_ids", lambda **_: own)
    for path in ("/mlops/models", "/mlops/model/m", "/mlops/tab?dag_id=m_scoring"):
        text = login("ann").get(path).text
        assert "version 3" in text
        assert [one for one in secrets if one in text] == []


def test_a_question_that_waits_leads_to_where_it_is_answered(login: Login, models: Models) -> None:
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import insert

    models.add("m", {"promotion": entry(version="3")})
    identifier = uuid4()
    with create_session() as session:
        session.execute(
            insert(TaskInstance).values(
                id=identifier, dag_id="m_training", run_id="r1", task_id="approve", map_index=-1,
                state="awaiting_input", try_number=1, max_tries=0, pool="default_pool", pool_slots=1,
                operator="x", custom_operator_name="x", executor_config={},
            )
        )  # fmt: skip
        session.add(
            HITLDetail(ti_id=identifier, options=["Approve", "Reject"], subject=f"May {HOSTILE} serve?")
        )
    text = login("ann").get("/mlops/models").text
    assert "May &lt;script&gt;" in text
    page = login("ann").get("/mlops/model/m").text
    assert "Answer on the task&#39;s page, under Required Actions." in page
    assert 'data-airflow="dags/m_training/runs/r1/tasks/approve"' in page


def test_the_tab_opens_what_the_task_decided(login: Login, models: Models) -> None:
    models.add("m", {"gate": entry(gate())})
    where = {"dag_id": "m_training", "run_id": "r1", "task_id": "gate"}
    text = login("ann").get("/mlops/tab", params=where).text
    assert "<details open>" in text
    assert "<details open>" not in login("ann").get("/mlops/tab", params={"dag_id": "m_training"}).text
    other = login("ann").get("/mlops/tab", params={"dag_id": "somebody_elses"})
    assert (other.status_code, "is not a DAG of a model" in other.text) == (200, True)
    missing = login("ann").get("/mlops/tab")
    assert (missing.status_code, missing.headers["content-type"][:9]) == (422, "text/html")
    assert "It names no DAG" in missing.text


def test_the_tab_of_a_run_opens_all_that_this_run_decided_and_nothing_of_its_namesake(
    login: Login, models: Models
) -> None:
    """Runs of several DAGs that were scheduled for the same moment have the same id."""
    places = {
        "gate": Place(dag_id="m_training", run_id="r1", task_id="gate"),
        "drift": Place(dag_id="m_monitoring", run_id="r1", task_id="drift_check"),
        "performance": Place(dag_id="m_monitoring", run_id="r1", task_id="performance_check"),
    }
    models.add("m", {kind: replace(entry(gate()), place=place) for kind, place in places.items()})
    for kind, opened in (("training", ["gate"]), ("monitoring", ["drift", "performance"])):
        text = login("ann").get("/mlops/tab", params={"dag_id": f"m_{kind}", "run_id": "r1"}).text
        assert re.findall(r"<details open>\s*<summary><strong>([^<]+)", text) == opened


def test_names_and_texts_are_text_whatever_they_are(login: Login, models: Models) -> None:
    models.add("m", {"gate": entry(gate("block", HOSTILE)), "scoring": entry(version=HOSTILE)})
    for path in ("/mlops/models", "/mlops/model/m", "/mlops/tab?dag_id=%3Cscript%3Ealert(1)%3C/script%3E"):
        text = login("ann").get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize(
    "value",
    [None, 5, "x", [], {}, {"format": 99}, {"as_of": "never"},
     {**entry(gate()).to_dict(), "history": [["x"]]},
     {**entry(gate()).to_dict(), "history": [["2026-01-01", "good", {"value": "NaN"}]]},
     {**entry(gate()).to_dict(), "verdict": {"kind": "gate"}},
     {**entry(gate()).to_dict(), "facts": {"version": {"a": [1]}}},
     {**entry(gate()).to_dict(), "place": {"dag_id": 5, "run_id": None, "task_id": []}},
     {**entry(gate()).to_dict(), "history": [["2026-01-01", "good", {"value": 10**400}]]},
     {**entry(gate()).to_dict(), "verdict": {**gate().to_dict(), "decision": []}},
     {**entry(gate()).to_dict(), "verdict": {**gate().to_dict(), "reasons": [{**_REASON, "passed": []}]}}],
)  # fmt: skip
def test_what_somebody_has_edited_is_unknown_and_no_error(
    login: Login, models: Models, value: object
) -> None:
    models.add("m", {"gate": value, "performance": value, "scoring": value, "promotion": value})
    for path in ("/mlops/models", "/mlops/model/m", "/mlops/tab?dag_id=m_training&run_id=r1"):
        answer = login("ann").get(path)
        assert answer.status_code == 200, answer.text
        assert "unknown" in answer.text


def test_what_is_nested_deeper_than_can_be_read_is_unknown(login: Login, models: Models) -> None:
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session

    models.add("m", {"gate": None})
    with create_session() as session:
        session.query(AssetStateStoreModel).update({"value": "[" * 100_000})
    for path in ("/mlops/models", "/mlops/model/m"):
        answer = login("ann").get(path)
        assert (answer.status_code, "unknown" in answer.text) == (200, True)


def test_a_model_without_any_entry_is_shown(login: Login, models: Models) -> None:
    assert "There is no model that you may see" in login("ann").get("/mlops/models").text
    models.add("new", {})
    assert "no champion is known yet" in login("ann").get("/mlops/models").text
    assert "Nothing is known yet" in login("ann").get("/mlops/model/new").text


def test_the_menu_has_an_entry_and_each_page_of_a_dag_a_tab(login: Login) -> None:
    plugins = login("ann").get("/api/v2/plugins").json()["plugins"]
    (own,) = [one for one in plugins if one["name"] == "mlops"]
    views = own["external_views"]
    assert sorted(view["destination"] for view in views) == ["dag", "dag_run", "nav", "task_instance"]
    assert len({view["url_route"] for view in views}) == len(views)
    assert json.dumps(views).count('"/') == 0, "addresses hold below a base URL with a path"
