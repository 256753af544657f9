"""What shows why a retraining was started, and what starts it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, DagRunTriggerException, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse

from include.errors import ConfigError, DataError
from mlops.operators.retrain import TriggerRetrainingOperator
from mlops.operators.show_evidence import ShowEvidenceOperator

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter

VERDICT = {"kind": "policy", "decision": "retrain", "subject": "credit_risk", "summary": "worse in June"}


def operator(model_folder: Path) -> TriggerRetrainingOperator:
    return TriggerRetrainingOperator(
        task_id="retrain",
        model_folder=str(model_folder),
        trigger_dag_id="credit_risk_retraining",
        trigger_run_id="retrain__v1__0123456789abcdef",
        conf={"as_of": "2005-06-30", "evidence": {"verdict": VERDICT}},
    )


def context(get_dag: Any) -> dict[str, Any]:
    return {"ti": SimpleNamespace(get_dag=get_dag)}


def test_the_trigger_names_its_run_and_skips_what_exists(model_folder: Path) -> None:
    with pytest.raises(DagRunTriggerException) as caught:
        operator(model_folder).execute(context(lambda dag_id: SimpleNamespace(is_paused=False)))
    order = caught.value
    assert order.trigger_dag_id == "credit_risk_retraining"
    assert order.dag_run_id == "retrain__v1__0123456789abcdef"
    assert order.skip_when_already_exists
    assert order.logical_date is None
    assert order.conf["evidence"]["verdict"] == VERDICT


def test_a_paused_target_says_what_to_do(model_folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"credit_risk_retraining is paused.*Unpause it, then clear this"):
        operator(model_folder).execute(context(lambda dag_id: SimpleNamespace(is_paused=True)))


def failing(status: int) -> Any:
    def get_dag(dag_id: str) -> None:
        detail = {"status_code": status, "message": "no"}
        raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail=detail))

    return get_dag


def test_a_missing_target_says_what_to_do(model_folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no DAG credit_risk_retraining.*dags/retraining\.py"):
        operator(model_folder).execute(context(failing(404)))


def test_an_outage_of_airflow_is_not_taken_for_a_missing_target(model_folder: Path) -> None:
    with pytest.raises(AirflowRuntimeError):
        operator(model_folder).execute(context(failing(503)))


def test_evidence_is_shown(model_folder: Path) -> None:
    evidence = {"verdict": VERDICT, "report": "reports/2005-06-30.html", "url": "http://mlflow/run"}
    task = ShowEvidenceOperator(task_id="show", model_folder=str(model_folder), evidence=evidence)
    assert task.execute({}) == {"reason": "worse in June", "report_key": "reports/2005-06-30.html"}


def test_a_run_by_hand_has_no_evidence(model_folder: Path) -> None:
    task = ShowEvidenceOperator(task_id="show", model_folder=str(model_folder), evidence=None)
    assert task.execute({}) == {"reason": "started by hand", "report_key": None}


@pytest.mark.parametrize(
    "evidence", ["worse", {"report": "r"}, {"verdict": {}, "report": "r"}, {"verdict": VERDICT}]
)
def test_evidence_of_another_form_is_refused(model_folder: Path, evidence: Any) -> None:
    task = ShowEvidenceOperator(task_id="show", model_folder=str(model_folder), evidence=evidence)
    with pytest.raises(DataError, match="leave evidence empty"):
        task.execute({})
