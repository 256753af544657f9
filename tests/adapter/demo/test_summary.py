from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from demo.state import State
from demo.summary import run_summary
from mlops.cli.airflow_api import AirflowApi, AirflowApiError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapter.conftest import HttpServer

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

HANDED_ON = {
    "check_new_data/verdict": {"decision": "train"},
    "prepare/return_value": {"train_rows": 19765, "test_rows": 10061},
    "evaluate/return_value": {"metric": "roc_auc", "value": 0.87654, "low": 0.861, "high": 0.889},
    "gate/verdict": {"decision": "promote", "summary": "every rule holds"},
    "promote/return_value": {"version": "3", "aliases": {"champion": "3", "previous_champion": "2"}},
}


@pytest.fixture
def summarise(tmp_path: Path, http_server: HttpServer) -> Any:
    """Return a function that gives the summary of a run in which these were handed on."""
    state = State(folder=tmp_path, airflow_port=http_server.port, mlflow_port=9)

    def summary(handed_on: dict[str, Any], final: str = "success") -> str:
        for name, value in handed_on.items():
            task, key = name.split("/")
            path = f"/api/v2/dags/d/dagRuns/r/taskInstances/{task}/xcomEntries/{key}?stringify=false"
            http_server.answers[f"GET {path}"] = value if isinstance(value, tuple) else {"value": value}
        return run_summary(
            AirflowApi(http_server.url, patience=0), state, "d", run_id="r", final=final, seconds=61.4
        )

    return summary


def test_a_promotion_is_summarised_in_six_lines(summarise: Any) -> None:
    assert summarise(HANDED_ON).splitlines() == [
        "",
        "  rows     19,765 to learn from, 10,061 held back",
        "  roc_auc  0.8765  [0.8610, 0.8890]",
        "  gate     promote: every rule holds",
        "  version  3",
        "  aliases  champion = 3, previous_champion = 2",
        "  seconds  61",
    ]


def test_a_rejection_has_neither_version_nor_aliases(summarise: Any) -> None:
    said = summarise({name: value for name, value in HANDED_ON.items() if not name.startswith("promote")})
    assert "  version  none registered\n" in said
    assert "  aliases  unchanged\n" in said


def test_nothing_new_is_one_sentence(summarise: Any) -> None:
    verdict = {"decision": "skip", "summary": "champion version 1 knows them"}
    assert summarise({"check_new_data/verdict": verdict}) == "\nChampion version 1 knows them.\n(61 s)"


def test_a_failed_run_leads_to_its_page(summarise: Any, http_server: HttpServer) -> None:
    said = summarise({}, final="failed")
    assert "The run failed" in said
    assert f"{http_server.url}/dags/d/runs/r" in said
    assert http_server.requests == []


def test_a_server_in_trouble_is_not_taken_for_a_task_that_was_skipped(summarise: Any) -> None:
    with pytest.raises(AirflowApiError, match="500"):
        summarise({**HANDED_ON, "prepare/return_value": (500, {})})
