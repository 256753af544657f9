"""One of the processes that hammer Airflow's API: `python hammer.py URL SECONDS NUMBER`, prints what failed.

Each request is sent once: what counts is what the server does, not what the client bears.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from mlops.cli.airflow_api import CONFLICT, AirflowApi, AirflowApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("training", "scoring", "monitoring", "retraining")
BETWEEN_RUNS = 10.0  # seconds; a DAG runs once at a time, the others wait in line


def requests(number: int) -> Iterator[tuple[str, str, Any]]:
    """What is asked: readings, a setting, a switch, and at the same moment in all processes a new run."""
    started = 0.0
    for count in range(10**9):
        yield "GET", "dags?limit=50", None
        yield "PATCH", "dags/credit_second_rollback?update_mask=is_paused", {"is_paused": count % 2 == 0}
        name = f"hammer_{number}_{count}"
        yield "POST", "variables", {"key": name, "value": "1"}
        yield "DELETE", f"variables/{name}", None
        kind = KINDS[number % len(KINDS)]
        if number < len(KINDS) and time.time() - started > BETWEEN_RUNS:
            started = time.time() // BETWEEN_RUNS * BETWEEN_RUNS
            yield "PATCH", f"dags/credit_second_{kind}?update_mask=is_paused", {"is_paused": False}
            body = {
                "dag_run_id": f"hammer_{started:.0f}",
                "logical_date": None,
                "conf": {"as_of": "2005-05-31"},
            }
            yield "POST", f"dags/credit_second_{kind}/dagRuns", body
        yield "GET", f"dags/credit_second_{kind}/dagRuns?limit=20", None


def main(url: str, seconds: float, number: int) -> None:
    api, failed, calls, slowest = AirflowApi(url, patience=0), [], 0, 0.0
    end = time.monotonic() + seconds
    for method, path, body in requests(number):
        if time.monotonic() > end:
            break
        began = time.monotonic()
        try:
            api.call(method, path, body)
        except AirflowApiError as error:
            if error.status != CONFLICT:
                failed.append(str(error))
        calls, slowest = calls + 1, max(slowest, time.monotonic() - began)
    sys.stdout.write(json.dumps({"calls": calls, "failed": failed, "slowest": round(slowest, 1)}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
