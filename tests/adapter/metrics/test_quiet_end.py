"""A receiver of metrics that is away, or never answers, is not seen in a task's log and holds no worker."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mlops.metrics.quiet_end import LONGEST
from tests.conftest import ROOT
from tests.world.otlp_receiver import otlp_receiver
from tests.world.ports import free_port
from tests.world.task_process import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter

MODEL = (("model", "m"),)


def run_tasks(folder: Path, *environments: dict[str, str]) -> list[dict[str, Any]]:
    """Run a task in a worker's process in each environment; return what became of each."""
    subprocess.run(
        [sys.executable, "-m", main.__module__, str(folder), json.dumps(environments)],
        cwd=ROOT, check=True, timeout=150, capture_output=True,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads((folder / "found.json").read_text())
    return found


def assert_ends_with_its_verdict(task: dict[str, Any]) -> None:
    assert task["code"] == 0
    events = [line["event"] for line in task["log"]]
    (verdict,) = [number for number, event in enumerate(events) if event.startswith("VERDICT promotion")]
    assert [event for event in events[verdict + 1 :] if not event.startswith("::")] == []
    assert task["seconds"] < LONGEST + 2  # 7 and more without a bound; the rest is for a busy machine


def test_what_was_counted_arrives_and_a_receiver_that_is_away_leaves_the_verdict_the_last_thing(
    tmp_path: Path,
) -> None:
    with otlp_receiver() as works:
        nobody = {**works.settings, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
        for task in run_tasks(tmp_path, works.settings, nobody):
            assert_ends_with_its_verdict(task)
    assert works.gauges == {
        ("mlops.champion.version", MODEL): 3,
        ("mlops.champion.since_timestamp_seconds", MODEL): 1767225600.0,
        ("mlops.ledger.promotions", MODEL): 2,
    }
    assert "airflow.ti_successes" in works.names  # and Airflow's own


@pytest.mark.full  # CI has a receiver that is away, for which the process would wait as well
def test_a_receiver_that_never_answers_holds_no_process(tmp_path: Path) -> None:
    with otlp_receiver(hangs=True) as hangs:
        (task,) = run_tasks(tmp_path, hangs.settings)
    assert_ends_with_its_verdict(task)
