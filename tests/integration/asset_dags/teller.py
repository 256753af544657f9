"""A DAG that tells of the champion as the operators do; how its task ends stands in a file."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from include.asset_event import AssetEvent
from mlops.assets import Part, wiring
from mlops.operators.base import ModelOperator

FOLDER = os.environ["STEPS_MODEL"]


class Tell(ModelOperator):
    """Emits one event for each run, then ends as it is told to."""

    def execute(self, context: Any) -> None:
        event = AssetEvent(
            key=f"decision of {context['run_id']}", model="credit_risk", as_of="2026-01-01", version="4",
            by="promotion",
            verdict={"kind": "promotion", "decision": "promote", "subject": "m", "summary": "better by 0.01"},
        )  # fmt: skip
        self.tell(context, Part.CHAMPION, event, since=context["dag_run"].run_after)
        how = Path(os.environ["STEPS_HOW"]).read_text()
        if how == "fail":
            raise ConnectionError("MLflow is down")
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)


with DAG("teller", schedule=None, max_active_runs=1, default_args={"retries": 5}):
    Tell(task_id="promote", model_folder=FOLDER, **wiring(FOLDER, tells=Part.CHAMPION))
