"""In the target: copy a version with its evidence, and compare what arrived, byte by byte."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from include.data.dataset_files import file_digest
from include.deployment.evidence import (
    MODEL,
    RUN,
    STORE,
    Evidence,
    EvidenceFile,
    check_complete,
    check_equal,
    list_files,
)
from mlops.hooks.mlflow_errors import is_missing
from mlops.tracking.runs import find_or_create_run
from mlops.tracking.tags import (
    CLAIM,
    DEPLOYED_FROM,
    DEPLOYED_RUN,
    DEPLOYED_VERSION,
    DEPLOYMENT,
    EVALUATION,
    EVALUATION_DIGEST,
    GATE,
    ORIGIN_RUN,
    RUN_KEY,
    SUPERSEDED_BY,
    TASK,
    TRAIN_RESULT,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlflow.entities import Run

    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.model_registry import ModelRegistry

# What says how a run is found again in its own environment, or what was decided about it there.
_OWN_TAGS = {RUN_KEY, CLAIM, TASK, TRAIN_RESULT, SUPERSEDED_BY, GATE, EVALUATION_DIGEST}
_MOST_IN_REQUEST = 100


def copy_key(source: str, run_id: str) -> str:
    """Return the key of a copy's run.

    :param source: the environment that it comes from.
    :param run_id: its MLflow run there.
    """
    return f"deployment/{source}/{run_id}"


def copy_version(hook: MlflowHook, store: ObjectStoreHook, evidence: Evidence, folder: Path) -> Run:
    """Copy a version's run, model and objects, and compare all of it; return its run here.

    Each step may be repeated: the run is found by what it is a copy of, and files of the same name are
    written again. Of several processes that copy the same, all get the same run.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param evidence: what was collected.
    :param folder: where it lies.
    :raises DataError: it is not complete, or did not arrive complete.
    """
    check_complete(evidence.files, list_files(folder), where=f"The copy from {evidence.source} ({folder})")
    run = find_or_create_run(
        hook,
        f"{evidence.model}/training",
        key=copy_key(evidence.source, evidence.run_id),
        name=f"version {evidence.version} of {evidence.source}",
        tags={**_tags(evidence), **_origin(evidence)},
    )
    run_id = run.info.run_id
    if run.data.tags.get(DEPLOYMENT) != evidence.deployment:  # a copy of a deployment that was given up
        hook.set_tags(run_id, _origin(evidence))
    missing = set(evidence.files) - set(_arrived(hook, store, evidence, run_id))
    _upload(hook, store, run_id, folder, missing)
    _log_figures(hook, run_id, evidence)
    check_arrived(hook, store, evidence, run_id)
    hook.close_run(run_id)
    return run


def check_arrived(hook: MlflowHook, store: ObjectStoreHook, evidence: Evidence, run_id: str) -> None:
    """Read everything back, and compare it with what was collected.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param evidence: what was collected.
    :param run_id: the run here.
    :raises DataError: something is missing or differs.
    """
    where = f"Run {run_id} of {evidence.target}"
    check_complete(evidence.files, _arrived(hook, store, evidence, run_id), where=where, more=True)
    run = hook.run(run_id)
    check_equal("parameter", evidence.params, run.data.params, where=where)
    check_equal("tag", {**_tags(evidence), **_origin(evidence)}, run.data.tags, where=where)
    last = {
        one.key: one.value
        for one in sorted(evidence.metrics, key=lambda one: (one.step, one.time, one.value))
    }
    check_equal("metric", last, run.data.metrics, where=where)


def _arrived(hook: MlflowHook, store: ObjectStoreHook, evidence: Evidence, run_id: str) -> list[EvidenceFile]:
    """Read back what is there, and return it as files of the evidence."""
    with tempfile.TemporaryDirectory(prefix="arrived-") as scratch:
        there = Path(scratch) / RUN
        there.mkdir()
        with hook.errors(f"read run {run_id} back"):
            hook.client.download_artifacts(run_id, "", str(there))
        if (there / MODEL).exists():
            shutil.move(there / MODEL, Path(scratch) / MODEL)
        arrived = [*list_files(Path(scratch))]
        for file in evidence.below(STORE):
            path = store.resolve(file.path.removeprefix(f"{STORE}/"))
            if store.exists(path):
                local = store.local_path(path, Path(scratch) / "downloads")
                arrived.append(
                    EvidenceFile(path=file.path, size=local.stat().st_size, sha256=file_digest(local))
                )
    return arrived


def _upload(
    hook: MlflowHook, store: ObjectStoreHook, run_id: str, folder: Path, files: Iterable[EvidenceFile]
) -> None:
    """Write files of the evidence; what is there already, and may be in use, is let be."""
    with tempfile.TemporaryDirectory(prefix="missing-") as scratch:
        for file in sorted(files, key=lambda one: one.path):
            kind, _, rest = file.path.partition("/")
            if kind == STORE:
                store.upload(folder / file.path, store.resolve(rest))
                continue
            copy = Path(scratch) / file.path
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to((folder / file.path).resolve())
        for kind, where in ((RUN, ""), (MODEL, MODEL)):
            if (Path(scratch) / kind).exists():
                hook.log_folder(run_id, Path(scratch) / kind, where)


def register_copy(registry: ModelRegistry, evidence: Evidence, run: Run) -> str:
    """Return the version of a copy, of which there is one, whoever else registers it at the same moment.

    Where two processes have made one each, the first stays: each looks again after it has made its own.

    :param registry: the registered model.
    :param evidence: what was collected.
    :param run: the copy of its run.
    """
    tags = {name: value for name, value in evidence.version_tags.items() if name != EVALUATION}
    from mlflow.exceptions import MlflowException

    version, _ = registry.register(
        run_id=run.info.run_id,
        source=f"runs:/{run.info.run_id}/{MODEL}",
        tags={**tags, **_origin(evidence)},
        description=evidence.description,
    )
    client = registry.hook.client
    with registry.hook.errors(f"look for other versions of {registry.model}"):
        query = f"name = '{registry.model}' and run_id = '{run.info.run_id}'"
        numbers = sorted(int(found.version) for found in client.search_model_versions(query))
        for number in numbers[1:]:
            try:
                client.delete_model_version(registry.model, str(number))
            except MlflowException as error:
                if not is_missing(error):  # the other process has removed it
                    raise
    return str(numbers[0]) if numbers else version


def _tags(evidence: Evidence) -> dict[str, str]:
    """Return the tags of the run that hold anywhere; those of MLflow itself say who made a run and how."""
    return {
        name: value
        for name, value in evidence.run_tags.items()
        if name not in _OWN_TAGS and (not name.startswith("mlflow.") or name == "mlflow.source.git.commit")
    }


def _origin(evidence: Evidence) -> dict[str, str]:
    return {
        DEPLOYED_FROM: evidence.source,
        DEPLOYED_VERSION: evidence.version,
        DEPLOYED_RUN: evidence.run_id,
        ORIGIN_RUN: evidence.version_tags.get(ORIGIN_RUN, evidence.run_id),
        DEPLOYMENT: evidence.deployment,
    }


def _log_figures(hook: MlflowHook, run_id: str, evidence: Evidence) -> None:
    """Log parameters and metrics with their own times; MLflow keeps a value once."""
    from mlflow.entities import Metric, Param

    params = [Param(name, value) for name, value in evidence.params.items()]
    with hook.errors("log parameters and metrics"):
        for start in range(0, len(params), _MOST_IN_REQUEST):
            hook.client.log_batch(run_id, params=params[start : start + _MOST_IN_REQUEST])
        metrics = [Metric(one.key, one.value, one.time, one.step) for one in evidence.metrics]
        for start in range(0, len(metrics), _MOST_IN_REQUEST):
            hook.client.log_batch(run_id, metrics=metrics[start : start + _MOST_IN_REQUEST])
