"""The watchdog's DAG as it is: Airflow's own answers, and a webhook that opens and closes an incident."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest

from tests.world.edits import edit
from tests.world.http_server import listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.world.dag_test import DagRunner

# CI has the task in test_watchdog.py, and Airflow's answers in tests/adapter/watchdog
pytestmark = [pytest.mark.integration, pytest.mark.full, pytest.mark.timeout(900)]

POLICY = "  policy: {windows: 3, breaches: 1, cooldown_days: 7, min_new_labels: 1000}\n"
FULL = "  watchdog: {min_free: 0.999999}\n"
EMPTY = "  watchdog: {min_free: 0.000001}\n"


@pytest.fixture
def posts(state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What a webhook was sent."""
    found: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    with listening(Handler) as port:
        connection = {"conn_type": "http", "host": f"http://127.0.0.1:{port}/v2", "password": "key"}
        monkeypatch.setenv("AIRFLOW_CONN_WEBHOOK_DEFAULT", json.dumps(connection))
        yield found


def state_of(model: str) -> dict[str, Any]:
    """Return what Airflow's asset state store holds of a model."""
    from airflow.models.asset import AssetModel
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        query = (
            select(AssetStateStoreModel.key, AssetStateStoreModel.value)
            .join(AssetModel, AssetModel.id == AssetStateStoreModel.asset_id)
            .where(AssetModel.uri == f"mlops://models/{model}")
        )
        return {key: json.loads(value) for key, value in session.execute(query)}


def long_ago(model: str) -> None:
    """Let the watchdog remember that monitoring was on for a week, and Airflow that it still is."""
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    week = (datetime.now(UTC) - timedelta(days=7)).isoformat()
    with create_session() as session:
        row = session.scalars(
            select(AssetStateStoreModel).where(AssetStateStoreModel.key == "watchdog")
        ).one()
        row.value = json.dumps(json.loads(row.value) | {"since": week, "running": {"monitoring": week}})
        monitoring = session.get(DagModel, f"{model}_monitoring")
        assert monitoring is not None
        monitoring.is_paused = False


def test_an_incident_is_opened_once_and_closed(
    run_dag: DagRunner, small_model: Path, small_source: Path, posts: list[dict[str, Any]]
) -> None:
    model, today = small_model.name, datetime.now(UTC).date().isoformat()
    edit(
        small_model / "model.yaml",
        (POLICY, POLICY + FULL), ("  - kind: log\n", "  - {kind: webhook, template: pagerduty}\n"),
    )  # fmt: skip
    assert run_dag("mlops_watchdog", today) == {model: "success"}
    opened = [post for post in posts if "storage nearly full" in post["payload"]["summary"]]
    assert {post["event_action"] for post in opened} == {"trigger"}
    assert "Not watched" not in run_dag.output
    shown = state_of(model)["page.alerts"]["alerts"]
    assert {one["cause"] for one in shown} == {post["dedup_key"] for post in opened}

    assert run_dag("mlops_watchdog", today) == {model: "success"}
    assert len(posts) == len(opened), "people know"

    edit(small_model / "model.yaml", (FULL, EMPTY))
    long_ago(model)
    assert run_dag("mlops_watchdog", today) == {model: "success"}
    new = posts[len(opened) :]
    assert {post["dedup_key"] for post in new if post["event_action"] == "resolve"} == {
        post["dedup_key"] for post in opened
    }
    told = [post["payload"]["summary"] for post in new if post["event_action"] == "trigger"]
    assert told, state_of(model)["watchdog"]
    assert told == [f"{model}: monitoring did not run: {model}_monitoring has not run"]
    assert [one["kind"] for one in state_of(model)["page.alerts"]["alerts"]] == [
        "silence: monitoring did not run"
    ]
