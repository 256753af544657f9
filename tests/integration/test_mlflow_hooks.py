from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from include.errors import ModelError, TrackingError
from include.verdicts import Verdict
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import CHALLENGER, CHAMPION, ModelRegistry
from mlops.tracking.runs import find_or_create_run
from mlops.tracking.tags import TRAINING_KEY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.world.servers import MlflowProcess

pytestmark = pytest.mark.integration

VERDICT = Verdict(kind="gate", decision="promote", subject="m", summary="good")


@pytest.fixture
def hook(mlflow_server: MlflowProcess) -> MlflowHook:
    return MlflowHook()


@pytest.fixture
def model(tmp_path: Path) -> str:
    return "m_" + tmp_path.name.replace("-", "_")


def open_run(hook: MlflowHook, model: str, key: str = "dag/run/train") -> str:
    return str(find_or_create_run(hook, f"{model}/training", key=key, name="n", tags={"a": "b"}).info.run_id)


def test_a_retry_finds_its_run(hook: MlflowHook, model: str) -> None:
    assert open_run(hook, model) == open_run(MlflowHook(), model)
    assert open_run(hook, model, "dag/other/train") != open_run(hook, model)


def test_a_run_created_twice_at_once_is_one_run(hook: MlflowHook, model: str) -> None:
    hook.experiment_id(f"{model}/training")
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: open_run(MlflowHook(), model), range(8)))
    active = hook.client.search_runs([hook.experiment_id(f"{model}/training")])
    assert open_run(hook, model) in found
    assert len(active) == 1


def test_a_deleted_experiment_comes_back(hook: MlflowHook, model: str) -> None:
    identifier = hook.experiment_id(f"{model}/training")
    hook.client.delete_experiment(identifier)
    assert hook.experiment_id(f"{model}/training") == identifier


def test_a_killed_run_is_resumed(hook: MlflowHook, model: str) -> None:
    run_id = open_run(hook, model)
    hook.close_run(run_id, "KILLED")
    assert hook.run(run_id).info.status == "KILLED"
    hook.resume_run(run_id)
    assert hook.run(run_id).info.status == "RUNNING"


def test_metrics_that_are_no_number_are_left_out(hook: MlflowHook, model: str) -> None:
    run_id = open_run(hook, model)
    hook.log_metrics(run_id, {"auc": 0.5, "nothing": float("nan"), "endless": float("inf")})
    assert hook.run(run_id).data.metrics == {"auc": 0.5}


def test_text_goes_there_and_back(hook: MlflowHook, model: str) -> None:
    run_id = open_run(hook, model)
    hook.log_text(run_id, "grüß dich", "a/b.md")
    assert hook.read_text(run_id, "a/b.md") == "grüß dich"


def test_a_version_is_registered_once_per_run(hook: MlflowHook, model: str) -> None:
    registry = ModelRegistry(hook, model)
    run_id = open_run(hook, model)
    first = registry.register(run_id=run_id, source=f"runs:/{run_id}/model", tags={"k": "1"}, description="d")
    again = registry.register(run_id=run_id, source=f"runs:/{run_id}/model", tags={"k": "2"}, description="d")
    assert (first, again) == (("1", True), ("1", False))
    version = registry.version("1")
    assert version is not None
    assert version.tags["k"] == "2"


def test_aliases_move(hook: MlflowHook, model: str) -> None:
    registry = ModelRegistry(hook, model)
    assert registry.aliases() == {}
    assert registry.champion() is None
    run_id = open_run(hook, model)
    registry.register(run_id=run_id, source=f"runs:/{run_id}/model", tags={}, description="d")
    registry.set_alias(CHALLENGER, "1")
    registry.set_alias(CHAMPION, "1")
    registry.delete_alias(CHALLENGER)
    registry.delete_alias(CHALLENGER)
    assert registry.aliases() == {CHAMPION: "1"}


def test_a_champion_whose_version_was_deleted_is_named(hook: MlflowHook, model: str) -> None:
    registry = ModelRegistry(hook, model)
    run_id = open_run(hook, model)
    registry.register(run_id=run_id, source=f"runs:/{run_id}/model", tags={}, description="d")
    registry.set_alias(CHAMPION, "1")
    hook.client.delete_model_version(model, "1")
    if CHAMPION in registry.aliases():
        with pytest.raises(ModelError, match="no longer exists"):
            registry.champion()
    else:
        assert registry.champion() is None


def test_a_decision_is_entered_once_and_keeps_its_first_plan(hook: MlflowHook, model: str) -> None:
    ledger = Ledger(hook, model)
    first = ledger.record_planned(
        "d1", VERDICT, plan={"champion": "2"}, decided_by="a", tags={TRAINING_KEY: "k"}
    )
    again = ledger.record_planned("d1", VERDICT, plan={"champion": "9"}, decided_by="b", tags={})
    assert again.run_id == first.run_id
    assert again.plan == {"champion": "2"}
    assert not again.applied
    ledger.record_applied(again, VERDICT)
    found = ledger.find("d1")
    assert found is not None
    assert found.applied
    assert [entry.decision_id for entry in ledger.entries(training_key="k", kind="gate")] == ["d1"]
    assert ledger.entries(training_key="other") == []


def test_a_server_that_is_down_is_worth_a_retry(state: Path, connect_mlflow: Callable[..., None]) -> None:
    connect_mlflow(9)
    with pytest.raises(TrackingError, match=r"MLflow could not .*up and healthy.*retried"):
        ModelRegistry(MlflowHook(), "m").aliases()
    passed, _ = MlflowHook().test_connection()
    assert not passed


def test_a_server_that_does_not_answer_is_given_up(
    mlflow_server: MlflowProcess, connect_mlflow: Callable[..., None]
) -> None:
    connect_mlflow(mlflow_server.port, timeout=1)
    mlflow_server.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(TrackingError, match="timed out"):
            ModelRegistry(MlflowHook(), "m").aliases()
        assert time.monotonic() - began < 10
    finally:
        mlflow_server.signal(signal.SIGCONT)


def test_a_server_that_answers_500_is_worth_a_retry(state: Path, connect_mlflow: Callable[..., None]) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Broken(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(500)

        do_POST = do_GET

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connect_mlflow(server.server_port)
    with pytest.raises(TrackingError, match="500"):
        ModelRegistry(MlflowHook(), "m").aliases()
    server.shutdown()


def test_an_error_of_the_caller_is_not_retried(hook: MlflowHook) -> None:
    from mlflow.exceptions import MlflowException

    with pytest.raises(MlflowException, match="not found"):
        hook.run("0" * 32)


def test_the_password_travels_in_a_header_and_nowhere_else(
    state: Path, connect_mlflow: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    import json
    import os
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    seen: list[str | None] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization"))
            self.send_error(404)

        do_POST = do_GET

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = {
        "conn_type": "http",
        "host": "127.0.0.1",
        "port": server.server_port,
        "login": "me",
        "password": "hunter2",
        "extra": {"retries": 0},
    }
    monkeypatch.setenv("AIRFLOW_CONN_MLFLOW_DEFAULT", json.dumps(connection))
    hook = MlflowHook()
    passed, message = hook.test_connection()
    server.shutdown()
    monkeypatch.delenv("AIRFLOW_CONN_MLFLOW_DEFAULT")
    assert not passed
    assert seen
    assert set(seen) == {"Basic bWU6aHVudGVyMg=="}
    assert "hunter2" not in message + repr(hook.server) + json.dumps(dict(os.environ))
