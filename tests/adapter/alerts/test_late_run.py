"""A run that takes too long: what Airflow's triggerer calls, in its event loop, with real stores."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse
from airflow.triggers.callback import CallbackTrigger

from mlops.alerts import late_run
from mlops.alerts.open_alerts import OpenAlerts
from mlops.hooks.object_store import ObjectStoreHook
from mlops.watchdog.late_runs import is_over

if TYPE_CHECKING:
    from pathlib import Path

    from include.alerting.alert import OpenAlert

pytestmark = pytest.mark.adapter


@pytest.fixture
def model(model_folder: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(late_run, "MODELS_ROOT", model_folder.parent)
    return model_folder.name


def miss_deadline(
    model: str, state: str = "running", run: str = "scheduled__2026-11-28T05:30:00+00:00"
) -> list[str]:
    """Let the triggerer's own trigger call it; return what the trigger reports."""
    found = {"dag_id": f"{model}_training", "dag_run_id": run, "state": state, "logical_date": None}
    kwargs = {"model": model, "hours": 6, "context": {"dag_run": found, "deadline": {"id": "1"}}}

    async def events() -> list[str]:
        trigger = CallbackTrigger("mlops.alerts.late_run.notify_of_late_run", kwargs)
        return [str(event.payload["state"]) async for event in trigger.run()]

    return asyncio.run(events())


def open_alerts(model: str) -> list[OpenAlert]:
    return [known for _, known in OpenAlerts(model, ObjectStoreHook()).all()]


def test_people_are_notified_once_for_each_run(model: str, caplog: pytest.LogCaptureFixture) -> None:
    assert miss_deadline(model) == ["running", "success"]
    miss_deadline(model)
    assert caplog.text.count(f"ALERT {model}: run late: {model}_training has not ended within 6 hours") == 1
    miss_deadline(model, "queued", "manual__by me")
    assert sorted(one.subject for one in open_alerts(model)) == [
        f"{model}_training manual__by me", f"{model}_training scheduled__2026-11-28T05:30:00+00:00",
    ]  # fmt: skip


@pytest.mark.parametrize("ended", ["failed", "success"])
def test_nobody_is_notified_of_a_run_that_has_ended(model: str, ended: str) -> None:
    miss_deadline(model, ended)
    assert open_alerts(model) == []


def test_a_model_that_is_gone_is_a_line_in_the_log(model: str, caplog: pytest.LogCaptureFixture) -> None:
    assert miss_deadline("gone") == ["running", "success"]
    assert "ALERT not sent: run" in caplog.text


@pytest.mark.parametrize(
    ("answer", "over"), [("running", False), ("queued", False), ("success", True), (404, True), (503, False)]
)
def test_the_watchdog_knows_when_it_is_over(model: str, answer: Any, over: object) -> None:
    def get_dagrun_state(dag_id: str, run_id: str) -> str:
        assert (dag_id, run_id) == (f"{model}_training", "manual__by me")
        if isinstance(answer, int):
            detail = {"status_code": answer, "message": "no"}
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail=detail))
        return str(answer)

    miss_deadline(model, run="manual__by me")
    (known,) = open_alerts(model)
    assert is_over(SimpleNamespace(get_dagrun_state=get_dagrun_state), known) is over
