"""In the source: collect a version with its evidence, and plan its deployment in the ledger."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from include.data.dataset_files import check_frozen
from include.data.dataset_record import RECORD_FILE, TEST_FILE
from include.deployment.evaluation import check_evaluation
from include.deployment.evidence import (
    DECIDED,
    EVIDENCE_FILE,
    MODEL,
    RUN,
    STORE,
    Evidence,
    MetricValue,
    list_files,
)
from include.deployment.plan import check_apart
from include.errors import DataError, ModelError
from include.promotion.version_reference import VersionReference
from include.strict_json import to_json
from mlops import object_keys
from mlops.deployment.source_entry import plan_in_source
from mlops.hooks.object_path import strip_scheme
from mlops.tracking.tags import (
    DATASET,
    DEPLOYED_FROM,
    EVALUATION,
    EVALUATION_DIGEST,
    GATE,
    MANIFEST,
    TEST_DIGEST,
    TRAINING_KEY,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Ledger
    from mlops.tracking.model_registry import ModelRegistry

_NEEDED = (TRAINING_KEY, DATASET, TEST_DIGEST)


def collect_version(
    registry: ModelRegistry,
    ledger: Ledger,
    store: ObjectStoreHook,
    which: str,
    folder: Path,
    *,
    source: str,
    target: str,
    decided_by: str,
) -> Evidence:
    """Copy all that is known of a version into a folder, and plan its deployment; each may be repeated.

    The file that lists what was collected is written last.

    :param registry: the registered model.
    :param ledger: its ledger.
    :param store: the object store.
    :param which: an alias, or the number of a version.
    :param folder: an empty folder.
    :param source: the environment of this process.
    :param target: the environment that it goes to.
    :param decided_by: who asked for it.
    :raises ModelError: there is no such version, it has not passed its gate, or its evidence is gone.
    :raises StaleDecisionError: the source rolled back from it.
    """
    check_apart(source, target)
    model = registry.model
    number = VersionReference.of(model, which).number(registry.aliases(), source)
    version = registry.version(number)
    if version is None:
        raise ModelError(f"{model} has no version {number} in {source}: it never had, or it was deleted.")
    run = _passed(registry.hook, version, source)
    _download(registry.hook, version, folder)
    for key in _keys(store, version, source):
        copy = folder / STORE / key
        copy.parent.mkdir(parents=True, exist_ok=True)
        local = store.local_path(store.resolve(key), folder.with_name(f"{folder.name}-scratch"))
        shutil.copyfile(local, copy)
    _check_test_set(folder / STORE / version.tags[DATASET] / TEST_FILE, version, source)
    check_evaluation(
        folder / STORE / object_keys.evaluation(model, run.info.run_id) / "evaluation.json",
        folder / RUN / "evaluation" / "evaluation.json" if DEPLOYED_FROM not in version.tags else None,
        run.data.tags.get(EVALUATION_DIGEST), version=f"{model} version {number}", source=source,
    )  # fmt: skip
    entry = plan_in_source(ledger, version, source=source, target=target, decided_by=decided_by)
    evidence = Evidence(
        model=model, source=source, target=target, version=number, run_id=run.info.run_id,
        started=int(run.info.start_time), deployment=entry.decision_id,
        description=str(getattr(version, "description", "") or ""), version_tags=dict(version.tags),
        run_tags=dict(run.data.tags), params=dict(run.data.params),
        metrics=_metrics(registry.hook, run), files=list_files(folder),
    )  # fmt: skip
    (folder / EVIDENCE_FILE).write_text(to_json(evidence.to_dict(), indent=1, sort_keys=True))
    return evidence


def _passed(hook: MlflowHook, version: ModelVersion, source: str) -> Run:
    """Return the run of a version that may leave its environment.

    :raises ModelError: it was registered by other means, or has not passed its gate.
    """
    name = f"{version.name} version {version.version} of {source}"
    missing = [tag for tag in _NEEDED if not version.tags.get(tag)]
    if missing or not version.run_id:
        raise ModelError(
            f"{name} can't be deployed: it has no {' and no '.join(missing) or 'MLflow run'}, because it was "
            "not registered by its training. Train it, and deploy what passes the gate."
        )
    run = hook.run(version.run_id)
    decided = run.data.tags.get(GATE)
    if decided != "promote":
        raise ModelError(
            f"{name} can't be deployed: the gate of {source} said {decided or 'nothing'!r} about it, "
            "expected 'promote'. `bin/mlops why` shows its verdict."
        )
    return run


def _download(hook: MlflowHook, version: ModelVersion, folder: Path) -> None:
    """Copy the artifacts of the run, and the model's files."""
    import mlflow

    client = hook.client  # MLflow's own functions use the same server from here on
    for target in (RUN, MODEL):
        (folder / target).mkdir(parents=True, exist_ok=True)
    with hook.errors(f"download version {version.version} of {version.name}"):
        client.download_artifacts(str(version.run_id), "", str(folder / RUN))
        uri = f"models:/{version.name}/{version.version}"
        mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(folder / MODEL))
    for own in (MODEL, DECIDED):  # of a version that was deployed itself
        shutil.rmtree(folder / RUN / own, ignore_errors=True)


def _keys(store: ObjectStoreHook, version: ModelVersion, source: str) -> list[str]:
    """Return the keys of the objects that go along: evaluation, frozen test set, manifest.

    :raises ModelError: one is gone.
    """
    folder = object_keys.evaluation(version.name, str(version.run_id))
    root = strip_scheme(store.root).rstrip("/")
    found = [entry.path for entry in store.entries(store.resolve(folder)) if not entry.is_folder]
    keys = [path.removeprefix(f"{root}/") for path in found]
    keys += [f"{version.tags[DATASET]}/{name}" for name in (TEST_FILE, RECORD_FILE)]
    keys += [version.tags[tag] for tag in (MANIFEST, EVALUATION) if version.tags.get(tag)]
    for key in [*keys, f"{folder}/scores.parquet", f"{folder}/evaluation.json"]:
        if not store.exists(store.resolve(key)):
            raise ModelError(
                f"{version.name} version {version.version} can't be deployed: {key} is gone from the store "
                f"of {source}, and without it nobody can check the copy. Restore it, or choose another one."
            )
    return list(dict.fromkeys(keys))


def _check_test_set(file: Path, version: ModelVersion, source: str) -> None:
    """Make sure that the version is examined in the target on what it was examined on here.

    :raises ModelError: it is another file.
    """
    try:
        check_frozen(file, version.tags[TEST_DIGEST])
    except DataError as error:
        raise ModelError(
            f"{version.name} version {version.version} can't be deployed: {version.tags[DATASET]} in the "
            f"store of {source} is not what it was evaluated on ({error}). Restore {TEST_FILE}, or choose "
            "another version."
        ) from error


def _metrics(hook: MlflowHook, run: Run) -> tuple[MetricValue, ...]:
    with hook.errors("read metrics"):
        values = [
            one
            for key in sorted(run.data.metrics)
            for one in hook.client.get_metric_history(run.info.run_id, key)
        ]
    return tuple(
        MetricValue(key=one.key, value=one.value, time=one.timestamp, step=one.step) for one in values
    )
