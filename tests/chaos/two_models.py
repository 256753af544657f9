"""Run two retrainings of two models at once on one worker slot; print what became of them as JSON.

A program of its own, because it runs from a copy of the repository that has a second model folder.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from demo import servers
from demo.demo import dag_is_there, start_all
from demo.runs import result, task_instances, trigger, unpause
from demo.state import State
from mlops.cli.airflow_api import AirflowApi


def main(folder: str, airflow_port: str, mlflow_port: str) -> None:
    state = State(
        folder=Path(folder),
        airflow_port=int(airflow_port),
        mlflow_port=int(mlflow_port),
        settings={"AIRFLOW__CORE__PARALLELISM": "1"},
    )
    dags = ["credit_risk_retraining", "credit_second_retraining"]
    servers.claim(state)
    since = datetime.now(UTC)
    try:
        start_all(state)
        api = AirflowApi(state.airflow_url)
        servers.wait_until(dags[1], lambda: dag_is_there(api, dags[1], since), state, 240)
        for dag in dags:
            unpause(api, dag)
            trigger(api, dag, "both", {"as_of": "2005-05-31"}, "")
        most, ended = 0, False
        while not ended:
            tasks = [task["state"] for dag in dags for task in task_instances(api, dag, "both")]
            most = max(most, tasks.count("running"))
            states = {dag: api.call("GET", f"dags/{dag}/dagRuns/both")["state"] for dag in dags}
            ended = set(states.values()) <= {"success", "failed"}
            time.sleep(0.5)
        aliases = {dag: result(api, dag, "both", "promote").get("aliases") for dag in dags}
    finally:
        servers.stop(state)
    sys.stdout.write(json.dumps({"states": states, "most": most, "aliases": aliases}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
