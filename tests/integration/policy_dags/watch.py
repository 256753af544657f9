"""The end of a monitoring DAG, with what the checks found given as params, and a retraining that does
nothing.

Run as a script it lives through days, one ``dag.test()`` each, and prints what Airflow did as its last line.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param

from mlops.dag_factory.task_groups import result_of
from mlops.operators.policy import RetrainingPolicyOperator
from mlops.operators.retrain import TriggerRetrainingOperator

FOLDER = os.environ["POLICY_TEST_MODEL"]
MODEL = Path(FOLDER).name
NAMES = ("as_of", "extracted", "drift_checked", "evaluated_windows")

REPORT = "models/credit_risk/monitoring/report"


class Policy(RetrainingPolicyOperator):
    """Without the page for people, which needs MLflow and is tested elsewhere."""

    def _report(self, verdict: Any, manifest: Any) -> str:
        return REPORT


with DAG(
    f"{MODEL}_monitoring",
    schedule=None,
    render_template_as_native_obj=True,
    max_active_runs=1,
    params={name: Param(None) for name in NAMES},
) as monitoring:
    fields: dict[str, Any] = {name: f"{{{{ params.{name} }}}}" for name in NAMES}
    policy = Policy(task_id="policy", model_folder=FOLDER, retrain="retrain", alert="alert", **fields)
    retrain = TriggerRetrainingOperator(
        task_id="retrain",
        model_folder=FOLDER,
        trigger_dag_id=f"{MODEL}_retraining",
        trigger_run_id=result_of("policy", "run_id"),
        conf=result_of("policy", "conf"),
    )
    policy >> [retrain, EmptyOperator(task_id="alert")]

with DAG(f"{MODEL}_retraining", schedule=None, is_paused_upon_creation=False) as retraining:
    EmptyOperator(task_id="show_evidence")


def live(day: dict[str, Any]) -> dict[str, Any]:
    """Run the monitoring DAG once; return the states of its tasks and what it handed on."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    if day.pop("lose_the_state", False):
        forget()
    run = monitoring.test(logical_date=datetime.now(UTC), run_conf=day)
    with create_session() as session:
        tasks = session.query(TaskInstance).filter_by(run_id=run.run_id).all()
        handed_on = session.query(XComModel).filter_by(run_id=run.run_id, task_id="policy").all()
        return {
            "tasks": {task.task_id: str(task.state) for task in tasks},
            "handed_on": {row.key: XComModel.deserialize_value(row) for row in handed_on},
            "runs": retrainings(session),
            "store": remembered(session),
        }


def retrainings(session: Any) -> dict[str, Any]:
    """Return the runs of the retraining DAG with their conf."""
    from airflow.models.dagrun import DagRun

    return {run.run_id: run.conf for run in session.query(DagRun).filter_by(dag_id=retraining.dag_id)}


def remembered(session: Any) -> dict[str, Any]:
    """Return what stands in the asset state store, read past the operator."""
    from airflow.models.asset_state_store import AssetStateStoreModel

    return {row.key: json.loads(row.value) for row in session.query(AssetStateStoreModel)}


def forget() -> None:
    """Empty the store, as Airflow does when no DAG names the asset any more."""
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session

    with create_session() as session:
        session.query(AssetStateStoreModel).delete()


if __name__ == "__main__":
    print("\n" + json.dumps([live(day) for day in json.load(sys.stdin)]))  # noqa: T201
