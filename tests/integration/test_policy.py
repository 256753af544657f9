"""The policy in Airflow itself: its state in the asset state store, its run ids in the metadata database."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlops import object_keys
from mlops.hooks.object_store import ObjectStoreHook
from tests.world.results import HANDED_ON

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

SCRIPT = Path(__file__).parent / "policy_dags" / "watch.py"
JULY, AUGUST, SEPTEMBER = "2005-07-31", "2005-08-31", "2005-09-30"
MD5 = {JULY: "7" * 32, AUGUST: "8" * 32, SEPTEMBER: "9" * 32}
RUN = "retrain__v3__382ad0dcfc802bd6"


@pytest.fixture
def days(
    state: Path, model_folder: Path, tmp_path: Path, empty_database: Path
) -> Callable[..., list[dict[str, Any]]]:
    """Return a function that lives through days in an Airflow with an empty database of its own."""
    database = shutil.copy(empty_database, tmp_path / "airflow.db")
    store = ObjectStoreHook()
    snapshots = [
        {
            "table": "features",
            "partition": day,
            "md5": md5,
            "size": 1,
            "rows": 1,
            "path": f"features/{day}",
            "commit": "c",
            "source": "s",
            "source_sha256": "x",
            "schema_digest": "y",
        }
        for day, md5 in MD5.items()
    ]
    manifest = {"model": "credit_risk", "as_of": SEPTEMBER, "snapshots": snapshots}
    store.write_json(store.resolve("manifest.json"), manifest)
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(SCRIPT.parent),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
        "POLICY_TEST_MODEL": str(model_folder),
    }

    def live(*found: dict[str, Any]) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, str(SCRIPT)], input=json.dumps(found), capture_output=True, text=True,
            env=environment, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return list(json.loads(done.stdout.strip().splitlines()[-1]))

    return live


def day(
    as_of: str, performance: dict[str, str], drift: str | None = "no drift", **changes: Any
) -> dict[str, Any]:
    """Return what the checks hand on about version 3."""
    version = changes.pop("version", "3")
    return {
        "as_of": as_of,
        "extracted": HANDED_ON["extracted"]
        | {"as_of": as_of, "manifest_key": "manifest.json", "missing": []},
        "drift_checked": {
            "partition": max(performance), "decision": drift, "champion_version": version,
            "report_key": "models/credit_risk/monitoring/report", "run_url": "http://mlflow/run",
        },
        "evaluated_windows": HANDED_ON["evaluated_windows"] | {
            "windows": [{"partition": one, "status": status} for one, status in performance.items()],
            "new_labels": 5000, "champion_version": version, "newest_labels": JULY,
        },
        **changes,
    }  # fmt: skip


WORSE = {AUGUST: "worse", SEPTEMBER: "not mature"}


def test_evidence_retrains_once_whatever_happens(days: Callable[..., list[dict[str, Any]]]) -> None:
    first, next_day, backfill, lost, matters, remembered = days(
        day(SEPTEMBER, WORSE),
        day("2005-10-01", WORSE),
        day(AUGUST, {AUGUST: "worse"}),
        day("2005-10-02", WORSE, lose_the_state=True),
        day("2005-10-20", {AUGUST: "good", SEPTEMBER: "not mature"}, "impactful drift"),
        day(
            "2005-10-21",
            {AUGUST: "good", SEPTEMBER: "not mature", "2005-10-21": "not mature"},
            "impactful drift",
            version="4",
        ),
    )
    assert first["tasks"] == {"policy": "success", "retrain": "success", "alert": "skipped"}
    assert set(first["runs"]) == {RUN}
    conf = first["runs"][RUN]
    assert conf["as_of"] == SEPTEMBER
    assert conf["evidence"]["verdict"] == first["handed_on"]["verdict"]
    assert conf["evidence"]["report"] == "models/credit_risk/monitoring/report"
    assert first["handed_on"]["run_id"] == RUN
    assert first["store"]["policy"] == {
        "format": 2, "watermark": SEPTEMBER, "last_retraining": SEPTEMBER, "last_evidence": RUN[-16:],
        "pending": RUN, "last_worse": SEPTEMBER, "last_worse_version": "3",
    }  # fmt: skip

    for later in (next_day, backfill, lost):
        assert later["tasks"] == {"policy": "success", "retrain": "skipped", "alert": "skipped"}
        assert set(later["runs"]) == {RUN}
        assert later["handed_on"]["verdict"]["decision"] == "wait"
    assert "already acted on" in next_day["handed_on"]["verdict"]["summary"]
    assert next_day["store"]["policy"]["pending"] is None
    assert "is in the past" in backfill["handed_on"]["verdict"]["summary"]
    assert backfill["store"] == next_day["store"]
    assert "already acted on" in lost["handed_on"]["verdict"]["summary"]
    assert lost["store"]["policy"]["last_evidence"] == RUN[-16:]

    assert matters["tasks"]["retrain"] == "success"
    assert len(matters["runs"]) == 2
    assert matters["store"]["drift"] == {
        "format": 2,
        "version": "3",
        "windows": {SEPTEMBER: "impactful drift"},
    }
    assert remembered["store"]["drift"] == {
        "format": 2, "version": "4", "windows": {"2005-10-21": "impactful drift"},
    }  # fmt: skip
    assert remembered["handed_on"]["verdict"]["decision"] == "wait"
    assert "a retraining was started on 2005-10-20" in remembered["handed_on"]["verdict"]["summary"]


@pytest.mark.full  # CI has the decisions, in tests/core/monitoring/policy
def test_bad_data_and_no_champion(days: Callable[..., list[dict[str, Any]]]) -> None:
    store = ObjectStoreHook()
    store.write_json(
        store.resolve(object_keys.quarantine("credit_risk", MD5[SEPTEMBER])),
        {"md5": MD5[SEPTEMBER], "summary": "bad"},
    )
    none, bad = days(
        day(SEPTEMBER, WORSE, None, version=None),
        day(SEPTEMBER, WORSE),
    )
    assert none["tasks"] == {"policy": "success", "retrain": "skipped", "alert": "success"}
    assert none["handed_on"]["cause"] == f"bad data {SEPTEMBER}", "bad data is reported, champion or not"
    assert bad["tasks"] == {"policy": "success", "retrain": "skipped", "alert": "success"}
    assert re.fullmatch(rf"bad data {SEPTEMBER} [0-9a-f]{{16}}", bad["handed_on"]["cause"])
    assert "run_id" not in bad["handed_on"]
    assert bad["runs"] == {}
