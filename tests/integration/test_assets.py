"""Events of a model's assets in Airflow itself: one for each thing, whatever happens to the task; and DAGs
that start on them, with the DAGs of docs/assets.md."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT
from tests.world.dag_test import DagRunner

if TYPE_CHECKING:
    from tests.world.dag_test import ForkServer

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

SCHEME = "mlops://models/credit_risk"
TELLER = Path(__file__).parent / "asset_dags" / "teller.py"
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "assets.md").read_text(), flags=re.DOTALL)


@pytest.fixture
def runner(dag_server: ForkServer, tmp_path: Path) -> DagRunner:
    return DagRunner(models=tmp_path, scratch=tmp_path, server=dag_server)


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    """The DAG that tells, and those of the page."""
    folder = tmp_path / "dags"
    folder.mkdir()
    shutil.copy(TELLER, folder)
    assert len(EXAMPLES) == 2
    for number, example in enumerate(EXAMPLES):
        (folder / f"example_{number}.py").write_text(example)
    return folder


def keys(found: dict[str, Any]) -> list[str]:
    return [extra["key"] for extra in found["events"].get(f"{SCHEME}/champion", [])]


def woken(found: dict[str, Any], dag_id: str) -> list[list[Any]]:
    """Return what each run of a DAG was woken by."""
    return [run["woken_by"] for run in found["runs"].get(dag_id, {}).values()]


def test_a_thing_has_one_event_and_wakes_others_once_whatever_happens_to_its_task(
    runner: DagRunner, dags: Path, model_folder: Path, tmp_path: Path
) -> None:
    run, other = ("teller", "r1"), "branches"
    letters = tmp_path / "letters"
    letters.mkdir()
    steps = {
        "parsed": ["parse"],
        "begun": ["trigger", *run],
        "failed": ["work", *run, "fail"],
        "killed": ["work", *run, "kill"],
        "nobody": ["schedule"],
        "done": ["work", *run, "ok"],
        "woken": ["schedule"],
        "clear": ["clear", *run],
        "cleared": ["work", *run, "ok"],
        "still": ["schedule"],
        "second": ["look", "teller", "r2"],
        "third": ["look", "teller", "r3"],
        "read": ["work_all", other],
    }  # fmt: skip
    found = runner.play(
        steps, dags, STEPS_MODEL=str(model_folder), BRANCHES_LETTERS=str(letters)
    )  # fmt: skip
    tasks = {name: seen["runs"].get("teller", {}).get("r1", {}).get("tasks") for name, seen in found.items()}
    assert tasks["failed"] == {"promote": "up_for_retry"}
    assert tasks["killed"] == {"promote": "running"}, "nobody has noticed yet"
    assert keys(found["killed"]) == woken(found["nobody"], other) == []
    assert keys(found["done"]) == ["decision of r1"]
    ((event,),) = woken(found["woken"], other)
    assert event["key"] == "decision of r1"
    assert tasks["cleared"] == {"promote": "success"}, "although the run that was woken waits in the queue"
    assert keys(found["cleared"]) == ["decision of r1"]
    assert len(woken(found["still"], other)) == 1
    assert keys(found["third"]) == [f"decision of r{number}" for number in (1, 2, 3)]
    events = found["third"]["events"]
    assert events[f"{SCHEME}/journal"] == [
        {"part": "champion", **extra} for extra in events[f"{SCHEME}/champion"]
    ]
    assert len(woken(found["read"], other)) == 1
    assert {file.name: file.read_text() for file in letters.iterdir()} == {
        f"decision of r{number}": "version 4 decides: better by 0.01" for number in (1, 2, 3)
    }, "one run has read of all three"


def test_the_arrival_of_data_wakes_a_model_and_what_comes_meanwhile_wakes_it_once_more(
    runner: DagRunner, dags: Path, model_folder: Path, tmp_path: Path
) -> None:
    look, scoring = "credit_risk_deliveries", "credit_risk_scoring"
    file = model_folder / "model.yaml"
    file.write_text(file.read_text().replace('schedule: "@daily"', "schedule: on_arrival"))
    shutil.copytree(ROOT / "dags", dags, dirs_exist_ok=True)
    deliveries = tmp_path / "deliveries"
    deliveries.mkdir()
    steps = {
        "parsed": ["parse"],
        "nothing": ["look", look, "a"],
        "delivered": ["write", str(deliveries / "1.csv")],
        "first": ["look", look, "b"],
        "again": ["look", look, "c"],
        "woken": ["schedule"],
        "second": ["write", str(deliveries / "2.csv")],
        "told": ["look", look, "d"],
        "post": ["post", f"{SCHEME}/source", {"delivery": "2026-01-05"}],
        "busy": ["schedule"],
        "ended": ["end", scoring],
        "once": ["schedule"],
        "end": ["end", scoring],
        "at rest": ["schedule"],
        "champion": ["post", f"{SCHEME}/champion", {"version": "2"}],
        "new": ["schedule"],
    }  # fmt: skip
    found = runner.play(
        steps, dags, STEPS_MODEL=str(model_folder), STEPS_MODELS=str(model_folder.parent),
        CREDIT_RISK_DELIVERIES=str(deliveries),
    )  # fmt: skip
    listed = {name: len(seen["events"].get(f"{SCHEME}/source", [])) for name, seen in found.items()}
    assert (listed["nothing"], listed["first"], listed["again"], listed["told"]) == (0, 1, 1, 2)
    assert found["woken"]["on_arrival"] == [
        "branches", "credit_risk_monitoring", scoring, "credit_risk_training",
    ]  # fmt: skip
    for dag_id in (scoring, "credit_risk_training", "credit_risk_monitoring"):
        assert [len(events) for events in woken(found["woken"], dag_id)] == [1]
        assert [len(events) for events in woken(found["busy"], dag_id)] == [1], "one run at a time"
    assert len(woken(found["once"], scoring)) == 2, "one run for both"
    assert len(woken(found["at rest"], scoring)) == 2
    assert len(woken(found["new"], scoring)) == 3
    assert len(woken(found["new"], "credit_risk_training")) == 1, "which no champion wakes"
