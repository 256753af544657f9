"""Gather what is on record of a version for its model card: MLflow, object store, ledger, model folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from include.data.read_snapshot import read_columns
from include.evaluation.scores_file import read_evaluated
from include.evidence.annex_iv import ANNEX_IV
from include.evidence.fairness import measure_fairness
from include.strict_json import plain, to_json
from include.training.frame import load_frame
from mlops.data.inputs import frozen_test_set
from mlops.evidence.environment import installed_versions, software_bill
from mlops.evidence.version import RecordedVersion, recorded_environment
from mlops.tracking import tags
from mlops.tracking.evaluation_log import IMPORTANCE

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Entry, Ledger

_VERDICT = "verdict.json"
_LIMITS = ("gate", "monitoring", "probation", "reproducibility_check", "approval", "split", "window")
_LARGEST = 1 << 20  # bytes of a file of a model folder that is taken along


def gather(
    hook: MlflowHook,
    store: ObjectStoreHook,
    ledger: Ledger,
    version: RecordedVersion,
    *,
    config: ModelConfig,
    folder: Path,
    scratch: Path,
) -> dict[str, bytes]:
    """Return the evidence of a version as files of a pack: path to content, the same for the same records.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param ledger: the model's ledger.
    :param version: what is on record of it.
    :param config: the configuration in the model folder, which holds the limits in force.
    :param folder: the model folder.
    :param scratch: folder for copies.
    :raises ConfigError: fairlearn or cyclonedx-bom is not installed.
    :raises DataError: a record is gone or damaged.
    """
    decisions = _decisions(hook, ledger, version)
    bill = software_bill()
    recorded = recorded_environment(hook, version)
    evidence: dict[str, Any] = {
        "version": _version(version, config),
        "data": _data(version, config),
        "metrics": _metrics(version),
        "slices": [asdict(one) for one in version.evaluation.slices],
        "fairness": _fairness(store, version, config, scratch),
        "importance": _importance(hook, version),
        "limits": _limits(config),
        "approvals": _approvals(decisions),
        "ledger": decisions,
        "training": _training(version),
        "environment": {
            "recorded": recorded,
            "where_the_card_was_made": installed_versions(recorded),
            "components": len(bill.get("components", [])),
        },
        "annex_iv": [one.to_dict() for one in ANNEX_IV],
    }
    files = {f"evidence/{name}.json": _bytes(value) for name, value in evidence.items()}
    files["evidence/evaluation.json"] = _bytes(version.evaluation.to_dict())
    files["sbom.cdx.json"] = _bytes(bill)
    return files | {f"model/{name}": content for name, content in _folder_files(folder).items()}


def _version(version: RecordedVersion, config: ModelConfig) -> dict[str, Any]:
    recorded = version.run.data.params.get("config_digest")
    same = recorded == config.digest
    return {
        "model": version.model,
        "version": version.number,
        "aliases": list(version.aliases),
        "question": config.description,
        "task": version.evaluation.task,
        "owner": config.owner,
        "tags": list(config.tags),
        "registered_because": version.registered.description or "",
        "code_version": version.code_version,
        "training_key": version.training_key,
        "configuration": "the one it was trained with"
        if same
        else "changed since: limits are those in force now",
    }


def _data(version: RecordedVersion, config: ModelConfig) -> dict[str, Any]:
    dataset = version.dataset
    return {
        "licence": config.data_licence,
        "as_of": dataset.as_of,
        "split": dataset.split_kind,
        "train_partitions": list(dataset.train_partitions),
        "train_rows": dataset.train.rows,
        "train_sha256": dataset.train_digest,
        "test_partitions": list(dataset.test_partitions),
        "test_rows": dataset.test.rows,
        "test_sha256": dataset.test_digest,
        "features": list(dataset.feature_names),
        "corrected_labels": dataset.labels.corrected,
        "newest_labels_known_on": dataset.labels.known_on,
        "coverage": [asdict(one) for one in dataset.coverage],
        "snapshots": [ref.to_dict() for ref in version.manifest.snapshots],
    }


def _metrics(version: RecordedVersion) -> dict[str, Any]:
    fields = version.evaluation.to_dict()
    names = ("primary", "confidence", "rows", "entities", "target", "costs", "test_digest", "champion_info")
    figures = {name: fields[name] or {} for name in ("candidate", "champion", "gains", "over_trivial")}
    return {**{name: fields[name] for name in names}, **figures}


def _fairness(
    store: ObjectStoreHook, version: RecordedVersion, config: ModelConfig, scratch: Path
) -> dict[str, Any]:
    dataset_key = version.run.data.tags[tags.DATASET]
    test = frozen_test_set(store, dataset_key, version.dataset.test_digest, scratch)
    frame = load_frame(test, config)
    scores = read_evaluated(store.local_path(store.resolve(version.scores_key), scratch))
    sensitive = read_columns(test, config, tuple(config.sensitive))
    return measure_fairness(config, frame.target, scores, sensitive, frame.weights)


def _importance(hook: MlflowHook, version: RecordedVersion) -> Any:
    run_id = version.run.info.run_id
    return json.loads(hook.read_text(run_id, IMPORTANCE)) if hook.has_artifact(run_id, IMPORTANCE) else {}


def _limits(config: ModelConfig) -> dict[str, Any]:
    fields = config.model_dump(mode="json")
    return {name: fields[name] for name in _LIMITS}


def _training(version: RecordedVersion) -> dict[str, Any]:
    data = version.run.data
    figures = {
        name: data.metrics[name] for name in ("fit_seconds", "fit_cpu_seconds") if name in data.metrics
    }
    return {
        "mlflow_run": version.run.info.run_id,
        "airflow_task": data.tags.get(tags.AIRFLOW_RUN, ""),
        "parameters": dict(sorted(data.params.items())),
        **figures,
    }


def _decisions(hook: MlflowHook, ledger: Ledger, version: RecordedVersion) -> list[dict[str, Any]]:
    """Return the ledger's entries about a version or its run, oldest first, with their verdicts."""
    about = [entry for entry in ledger.entries() if _is_about(entry, version)] if ledger.exists() else []
    return [
        {
            "when": f"{datetime.fromtimestamp(entry.time / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "decision_id": entry.decision_id,
            "kind": entry.kind,
            "decision": entry.decision,
            "state": str(entry.state),
            "summary": entry.summary,
            "decided_by": entry.decided_by,
            "plan": entry.plan,
            "tags": dict(sorted(entry.tags.items())),
            "verdict": _verdict(hook, entry),
        }
        for entry in sorted(about, key=lambda entry: (entry.time, entry.decision_id))
    ]


def _is_about(entry: Entry, version: RecordedVersion) -> bool:
    numbers = {entry.tags.get(tags.VERSION), entry.tags.get(tags.FROM_VERSION)}
    return version.number in numbers or entry.tags.get(tags.CANDIDATE_RUN) == version.run.info.run_id


def _verdict(hook: MlflowHook, entry: Entry) -> Any:
    return (
        json.loads(hook.read_text(entry.run_id, _VERDICT))
        if hook.has_artifact(entry.run_id, _VERDICT)
        else None
    )


def _approvals(decisions: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return what people answered, or decided by hand."""
    return [
        {
            "when": one["tags"].get(tags.APPROVAL_AT, one["when"]),
            "outcome": one["tags"].get(tags.APPROVAL, one["decision"]),
            "by": one["tags"][tags.BY],
            "comment": one["tags"].get(tags.APPROVAL_COMMENT, one["tags"].get(tags.COMMENT, "")),
        }
        for one in decisions
        if one["tags"].get(tags.BY)
    ]


def _folder_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a model folder, but for caches and what is too large for a pack."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        and not any(part.startswith((".", "__pycache__")) for part in file.relative_to(folder).parts)
        and file.stat().st_size <= _LARGEST
    }


def _bytes(value: Any) -> bytes:
    return (to_json(plain(value), indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
