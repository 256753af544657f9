"""A small world in facts: two models, a view, runs, versions and predictions."""

from __future__ import annotations

from typing import Any

from include.data.views.record import JoinedWith, JoinRecord, ViewVersion
from include.lineage import SnapshotRef
from include.provenance.facts import Decision, Prediction, Snapshot, TrainingRun, UsedData, Version
from include.scoring.predictions import Stamp


def ref(table: str, partition: str, md5: str, **other: Any) -> SnapshotRef:
    fields: dict[str, Any] = {
        "path": f"churn/{table}/{partition}.parquet", "rows": 10, "size": 1, "commit": "c0ffee",
        "source": f"file:///in/{table}/{partition}.csv", "source_sha256": f"sha-{md5}", "schema_digest": "s",
    }  # fmt: skip
    return SnapshotRef(table=table, partition=partition, md5=md5, **{**fields, **other})


def snapshot(table: str, partition: str, md5: str, owner: str = "churn", **other: Any) -> Snapshot:
    return Snapshot(owner=owner, ref=ref(table, partition, md5), **other)


def run(run_id: str, **other: Any) -> TrainingRun:
    return TrainingRun(model="churn", run_id=run_id, status="FINISHED", manifest_key=f"m/{run_id}", **other)


def version(number: str, run_id: str, **other: Any) -> Version:
    return Version(model="churn", number=number, run_id=run_id, **other)


def decision(identifier: str, **other: Any) -> Decision:
    fields: dict[str, Any] = {
        "kind": "promotion", "decision": "promote", "summary": "better", "state": "applied", "by": "the gate",
        "time": 1_000,
    }  # fmt: skip
    return Decision(model="churn", decision_id=identifier, **{**fields, **other})


def prediction(partition: str, number: str, run_id: str, md5: str) -> Prediction:
    stamp = Stamp(
        model="churn", version=number, partition=partition, snapshot_md5=md5, registry_commit="c0ffee",
        training_run=run_id, airflow_run="churn_scoring/r/score", as_of=partition,
    )  # fmt: skip
    return Prediction(key=f"models/churn/predictions/{partition}/v{number}-{md5}.parquet", stamp=stamp)


def used(*snapshots: tuple[str, str, str], trained: str = "", tested: str = "") -> UsedData:
    return UsedData(
        md5s={(table, partition): md5 for table, partition, md5 in snapshots},
        trained=frozenset(trained.split()),
        tested=frozenset(tested.split()),
    )


def join(partition: str, source_sha256: str, view: str, *deliveries: tuple[str, str]) -> JoinRecord:
    joined = JoinedWith(
        view=view,
        deliveries=tuple(ViewVersion(partition=day, md5=md5, commit="c") for day, md5 in deliveries),
        rows=10, none=0, old=0, mean_age=1.0, oldest=2.0,
    )  # fmt: skip
    return JoinRecord(model="churn", partition=partition, source_sha256=source_sha256, views=(joined,))
