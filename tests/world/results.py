"""One result of each task, as the tasks that follow are given it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.verdicts import Reason, Verdict
from mlops.operators.results.data import Extracted, Prepared, Validated
from mlops.operators.results.decisions import Promoted
from mlops.operators.results.monitoring import DriftChecked, EvaluatedWindows, Interval
from mlops.operators.results.training import Evaluated, Registered, Trained

if TYPE_CHECKING:
    from mlops.operators.results.base import TaskResult

RESULTS: dict[str, TaskResult] = {
    "extracted": Extracted(
        as_of="2005-05-31", manifest_key="models/m/manifests/1.json", manifest_digest="d1",
        newest="2005-05-31", snapshots=2, changed=("features/2005-05-31",), rows=3,
        missing=({"reason": "gone"},),
    ),
    "validated": Validated(
        checked=2, warnings=0, quarantined=(), reports={"m/features/2005-05-31.parquet": "r"}
    ),
    "dataset": Prepared(
        object_key="models/m/datasets/1", as_of="2005-05-31", data_digest="d2", digest="d3",
        train_digest="d4", test_digest="d5", train_rows=20, test_rows=10,
        test_partitions=("2005-04-30", "2005-05-31"),
        split_kind="group split", split_seed=7, test_share=0.3333, entity_type="integer", entity_column="id",
        split_start=0.25, split_rotation=0.5,
    ),
    "trained": Trained(
        run_id="run-1", model_uri="models:/m-1", profile="profile/reference.json", registry_commit="c1",
        rows=20, warnings=("slow",),
    ),
    "evaluated": Evaluated(
        run_id="run-1", run_url="http://127.0.0.1:5000/#/experiments/1/runs/2", evaluation_key="e.json",
        scores_key="s.parquet", test_digest="d5", champion_version="1", metric="roc_auc", value=0.8, low=0.7,
        high=None,
    ),
    "registered": Registered(version="2", run_id="run-1", url="http://127.0.0.1:5000/#/models/m/versions/2"),
    "promoted": Promoted(
        version="2", aliases={"champion": "2", "previous_champion": "1"}, decision_id="0123456789abcdef"
    ),
    "drift_checked": DriftChecked(
        partition="2005-05-31", decision="no drift", champion_version="1", rows=3,
        estimated={"roc_auc": Interval(value=0.8, low=0.7, high=0.9)}, report_key="models/m/monitoring/1",
    ),
    "evaluated_windows": EvaluatedWindows(
        windows=({"partition": "2005-05-31", "status": "good"},), earlier=(), new_labels=4,
        champion_version="1", newest_labels="2005-04-30", reference=None,
    ),
}  # fmt: skip
VERDICT = Verdict(
    kind="gate", decision="promote", subject="m candidate", summary="it's {{ not }} a template",
    reasons=(Reason(rule="floor", passed=True, found="0.9", required="0.8"),),
    inputs={"candidate_run": "run-1"},
)  # fmt: skip

# Field of an operator to the value of the XCom that it is given.
HANDED_ON: dict[str, dict[str, Any]] = {
    **{field: result.to_xcom() for field, result in RESULTS.items()},
    "verdict": VERDICT.to_dict(),
}

_FIELDS = {
    "extract": "extracted",
    "validate": "validated",
    "prepare": "dataset",
    "train": "trained",
    "evaluate": "evaluated",
    "register": "registered",
}


def of_training(**changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the results of all tasks of a training run, by task.

    :param changes: what a task handed on instead, by task.
    """
    return {task: {**HANDED_ON[field], **changes.get(task, {})} for task, field in _FIELDS.items()}
