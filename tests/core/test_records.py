"""Every record that was ever written is read; the samples in ``records`` are never changed, only added to."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from include.alerting.alert import OPEN_ALERT, OpenAlert
from include.asset_event import EVENT, AssetEvent
from include.data.dataset_record import DATASET, Dataset
from include.data.views.record import JOIN, JoinRecord
from include.deployment.evidence import EVIDENCE as DEPLOYMENT_EVIDENCE
from include.deployment.evidence import Evidence as DeploymentEvidence
from include.deployment.mark import MARK, Mark
from include.errors import DataError
from include.evaluation.record import EVALUATION, Evaluation
from include.lineage import MANIFEST, Manifest
from include.monitoring.drift.remembered import REMEMBERED_DRIFT, RememberedDrift
from include.monitoring.drift.report import DRIFT_REPORT, DriftReport
from include.monitoring.performance.calibration import CALIBRATION, Calibration
from include.monitoring.performance.class_calibration import CLASS_CALIBRATION, ClassCalibration
from include.monitoring.performance.loss_model import LOSS_MODEL, LossModel
from include.monitoring.performance.record import WINDOW_PERFORMANCE, WindowPerformance
from include.monitoring.performance.verdict import to_plain
from include.monitoring.policy.inputs import POLICY_STATE, PolicyState
from include.monitoring.report.day_record import DAY_RECORD, DayRecord
from include.monitoring.slices.drift import GROUP_DRIFT, GroupDriftReport
from include.monitoring.slices.profile import GROUP_PROFILE, GroupProfile
from include.pages.alerts import SHOWN_ALERTS, ShownAlerts
from include.promotion.attempts.exam import EXAM, Exam
from include.promotion.probation.account import ACCOUNT, Account
from include.promotion.probation.record import PAIRED_DELIVERY, PairedDelivery
from include.records import RecordKind
from include.scoring.predictions import STAMP, read_stamp
from include.serving.golden import GOLDEN, GoldenRequests
from include.validation.report import REPORT, ValidationReport
from include.watchdog.memory import MEMORY, Memory

pytestmark = pytest.mark.core

SAMPLES = Path(__file__).parent / "records"
RECORDS = {
    "asset_event": (EVENT, AssetEvent.from_dict, AssetEvent.to_dict),
    "account": (ACCOUNT, Account.from_dict, Account.to_dict),
    "paired_delivery": (PAIRED_DELIVERY, PairedDelivery.from_dict, PairedDelivery.to_dict),
    "calibration": (CALIBRATION, Calibration.from_dict, Calibration.to_dict),
    "class_calibration": (CLASS_CALIBRATION, ClassCalibration.from_dict, ClassCalibration.to_dict),
    "loss_model": (LOSS_MODEL, LossModel.from_dict, LossModel.to_dict),
    "day_record": (DAY_RECORD, DayRecord.from_dict, DayRecord.to_dict),
    "dataset": (DATASET, Dataset.from_dict, Dataset.to_dict),
    "drift_report": (DRIFT_REPORT, DriftReport.from_dict, DriftReport.to_dict),
    "group_drift": (GROUP_DRIFT, GroupDriftReport.from_dict, GroupDriftReport.to_dict),
    "group_profile": (GROUP_PROFILE, GroupProfile.from_dict, GroupProfile.to_dict),
    "evaluation": (EVALUATION, Evaluation.from_dict, Evaluation.to_dict),
    "deployment_evidence": (
        DEPLOYMENT_EVIDENCE,
        DeploymentEvidence.from_dict,
        DeploymentEvidence.to_dict,
    ),
    "exam": (EXAM, Exam.from_dict, Exam.to_dict),
    "shown_alerts": (SHOWN_ALERTS, ShownAlerts.from_dict, ShownAlerts.to_dict),
    "watchdog_memory": (MEMORY, Memory.from_dict, Memory.to_dict),
    "golden_requests": (GOLDEN, GoldenRequests.from_dict, GoldenRequests.to_dict),
    "join": (JOIN, JoinRecord.from_dict, JoinRecord.to_dict),
    "mark": (MARK, Mark.from_dict, Mark.to_dict),
    "manifest": (MANIFEST, Manifest.from_dict, Manifest.to_dict),
    "open_alert": (OPEN_ALERT, OpenAlert.from_dict, OpenAlert.to_dict),
    "policy_state": (POLICY_STATE, PolicyState.from_dict, PolicyState.to_dict),
    "remembered_drift": (REMEMBERED_DRIFT, RememberedDrift.from_dict, RememberedDrift.to_dict),
    "window_performance": (WINDOW_PERFORMANCE, WindowPerformance.from_dict, to_plain),
    "validation_report": (REPORT, ValidationReport.from_dict, ValidationReport.to_dict),
}
OLD = sorted(SAMPLES.glob("*.json"))


def kind_of(path):
    return RECORDS[path.stem.rpartition("_v")[0]]


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_a_record_of_every_format_is_read(path):
    kind, read, write = kind_of(path)
    plain = json.loads(path.read_text())
    assert plain.get("format", 1) == int(path.stem.rpartition("_v")[2])
    found = read(plain)
    again = json.loads(json.dumps(write(found), allow_nan=False))
    assert again["format"] == kind.format
    assert read(again) == found
    assert kind.format > plain.get("format", 1) or holds(again, plain), "something is read as something else"


def holds(new, old):
    """Tell whether all that stands in a record stands in the new one too, which may say more."""
    if isinstance(old, dict):
        return all(name in new and holds(new[name], value) for name, value in old.items())
    if isinstance(old, list):
        return len(new) == len(old) and all(map(holds, new, old))
    return new == old


def test_there_is_a_sample_of_every_format():
    for name, (kind, _, _) in RECORDS.items():
        found = {path.stem for path in OLD if path.stem.startswith(f"{name}_v")}
        assert found == {f"{name}_v{number}" for number in range(1, kind.format + 1)}, (
            f"keep a sample of each format of {name} that was ever written in tests/core/records"
        )


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_of_a_newer_format_is_refused_with_the_remedy(name):
    kind, read, _ = RECORDS[name]
    plain = json.loads((SAMPLES / f"{name}_v1.json").read_text())
    with pytest.raises(DataError, match=f"has format {kind.format + 1}, and the code here knows") as caught:
        read({**plain, "format": kind.format + 1})
    assert "newer version of this project" in str(caught.value)
    assert kind.remedy in str(caught.value)


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("found", [[], "text", None, {"format": 0}, {"format": "1"}, {"format": True}])
def test_what_is_not_a_record_is_refused(name, found):
    kind, read, _ = RECORDS[name]
    with pytest.raises(DataError, match=f"this is not a valid {kind.name}"):
        read(found)


@pytest.mark.parametrize("name", sorted(RECORDS.keys() - {"policy_state"}))  # whose keys may all be absent
def test_a_damaged_record_is_a_data_error(name):
    kind, read, _ = RECORDS[name]
    plain = json.loads((SAMPLES / f"{name}_v{kind.format}.json").read_text())
    with pytest.raises(DataError, match=f"this {kind.name} is damaged"):
        read({"format": kind.format})
    for key in plain.keys() - {"format"}:
        broken = {**plain, key: 7}
        try:
            read(broken)
        except DataError:
            continue  # any other error would be a defect


def test_predictions_of_every_format_are_read(tmp_path):
    stamp = read_stamp(SAMPLES / "predictions_v1.parquet")
    assert (stamp.version, stamp.partition) == ("3", "2005-04-30")
    assert "mlops.format" not in dict(pq.read_metadata(SAMPLES / "predictions_v1.parquet").metadata)
    assert stamp.to_metadata()["mlops.format"] == "1"


@pytest.mark.parametrize(("found", "message"), [("2", "newer version"), ("old", "this is not a valid stamp")])
def test_predictions_of_a_newer_format_are_refused(tmp_path, found, message):
    table = pq.read_table(SAMPLES / "predictions_v1.parquet")
    path = tmp_path / "predictions.parquet"
    pq.write_table(
        table.replace_schema_metadata({**(table.schema.metadata or {}), b"mlops.format": found.encode()}),
        path,
    )
    with pytest.raises(DataError, match=message) as caught:
        read_stamp(path)
    assert str(path) in str(caught.value)
    assert STAMP.remedy in str(caught.value)


def test_upgrades_lead_from_any_format_to_the_present_one():
    kind = RecordKind(
        name="thing",
        remedy="make it again",
        upgrades=(lambda old: {**old, "b": 2}, lambda old: {"sum": old["a"] + old["b"]}),
    )
    assert kind.format == 3
    for plain in ({"a": 1}, {"format": 1, "a": 1}, {"format": 2, "a": 1, "b": 2}, {"format": 3, "sum": 3}):
        before = dict(plain)
        assert kind.read(plain, dict) == {"sum": 3}
        assert plain == before
