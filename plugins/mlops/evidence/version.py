"""A registered version with all that its training and its evaluation left: where each proof begins."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from include.data.dataset_record import RECORD_FILE, Dataset
from include.errors import ConfigError, DataError, ModelError
from include.evaluation.record import Evaluation
from mlops import object_keys
from mlops.data.inputs import read_manifest
from mlops.hooks.mlflow_errors import is_missing
from mlops.hooks.mlflow_server import connect_late
from mlops.hooks.stored_records import require_record
from mlops.tracking import tags
from mlops.tracking.model_registry import ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Collection

    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

    from include.lineage import Manifest
    from include.promotion.version_reference import VersionReference
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

_NEEDED = (tags.MANIFEST, tags.DATASET, tags.CODE_VERSION, tags.TRAINING_KEY)
_PYTHON = "python"


@dataclass(frozen=True, kw_only=True)
class RecordedVersion:
    """A version and what is on record of it.

    :param registered: the version in MLflow's registry.
    :param aliases: the aliases that point at it, sorted.
    :param run: the MLflow run that trained it; of a kept challenger an earlier one than that which promoted
        it.
    :param manifest: the snapshots it was made from.
    :param dataset: the record of its frozen training and test set.
    :param evaluation: what its own evaluation found.
    :param scores_key: object key of its predictions for the test set.
    """

    registered: ModelVersion
    aliases: tuple[str, ...]
    run: Run
    manifest: Manifest
    dataset: Dataset
    evaluation: Evaluation
    scores_key: str

    @property
    def model(self) -> str:
        """Name of the model."""
        return str(self.registered.name)

    @property
    def number(self) -> str:
        """The version's number."""
        return str(self.registered.version)

    @property
    def title(self) -> str:
        """What people call it."""
        aliases = f" ({', '.join(self.aliases)})" if self.aliases else ""
        return f"{self.model} version {self.number}{aliases}"

    @property
    def code_version(self) -> str:
        """The code it was trained with, as :func:`mlops.run_context.code_version` gave it then."""
        return str(self.run.data.tags[tags.CODE_VERSION])

    @property
    def training_key(self) -> str:
        """Digest of what it learned from: data, configuration and estimator."""
        return str(self.run.data.tags[tags.TRAINING_KEY])


def find_version(
    hook: MlflowHook, store: ObjectStoreHook, reference: VersionReference, known: Collection[str] = ()
) -> RecordedVersion:
    """Return what is on record of a version.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param reference: which one.
    :param known: names of the models there are, to offer the nearest.
    :raises ConfigError: there is no such model, alias or version.
    :raises ModelError: it was registered by other means, so that nothing leads back from it.
    :raises DataError: one of its records is gone or damaged.
    """
    registry = ModelRegistry(hook, reference.model)
    aliases = registry.aliases()
    number = reference.version or _number(reference, aliases, known)
    registered = registry.version(number)
    if registered is None:
        raise ConfigError(
            f"The model {reference.model!r} has no version {number}: it was never registered, or somebody "
            f"deleted it. {_nearest(reference.model, known)}It has the aliases {aliases or '{}'}."
        )
    run = _run(hook, registered)
    missing = [name for name in _NEEDED if name not in run.data.tags]
    if missing:
        raise ModelError(
            f"{reference.model} version {number}: its run {run.info.run_id} has no tag {missing[0]}, so "
            "nothing leads back to what it was made from. It was registered by other means than this "
            "project's training, or by a much older version of it; train again."
        )
    dataset_key = run.data.tags[tags.DATASET]
    folder = object_keys.evaluation(reference.model, run.info.run_id)
    scores_key = f"{folder}/scores.parquet"
    if not store.exists(store.resolve(scores_key)):
        raise DataError(
            f"{reference.model} version {number}: its predictions {scores_key} are gone from the object "
            f"store, "
            "so that there is nothing to compare with. Restore the object."
        )
    return RecordedVersion(
        registered=registered,
        aliases=tuple(sorted(alias for alias, version in aliases.items() if str(version) == number)),
        run=run,
        manifest=read_manifest(store, run.data.tags[tags.MANIFEST]),
        dataset=require_record(store, f"{dataset_key}/{RECORD_FILE}", Dataset.from_dict),
        evaluation=require_record(store, f"{folder}/evaluation.json", Evaluation.from_dict),
        scores_key=scores_key,
    )


def recorded_environment(hook: MlflowHook, version: RecordedVersion) -> dict[str, str]:
    """Return the libraries that a version's model needs, by name with the version of its training.

    :param hook: the MLflow hook.
    :param version: the version.
    :return: also the version of ``python``, where the model says it.
    :raises ModelError: the model's files are gone.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    connect_late()
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="environment-") as scratch:
        for name in ("requirements.txt", "python_env.yaml"):
            uri = f"models:/{version.model}/{version.number}/{name}"
            try:
                with hook.errors(f"download {uri}"):
                    local = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=scratch)
            except MlflowException as error:
                raise ModelError(
                    f"{version.title}: {uri} can't be downloaded ({error}). Its files were changed or "
                    f"removed "
                    "in the artifact store: restore them there."
                ) from error
            text = Path(local).read_text(encoding="utf-8")
            if name == "python_env.yaml":
                python = (yaml.safe_load(text) or {}).get(_PYTHON)
                found |= {_PYTHON: str(python)} if python else {}
            else:
                found |= dict(line.strip().split("==", 1) for line in text.splitlines() if "==" in line)
    return dict(sorted(found.items()))


def _number(reference: VersionReference, aliases: dict[str, str], known: Collection[str]) -> str:
    if not aliases and (hint := _nearest(reference.model, known)):
        raise ConfigError(f"No version of a model {reference.model!r} was ever promoted. {hint}".strip())
    return reference.number(aliases)


def _nearest(model: str, known: Collection[str]) -> str:
    """Return a sentence with the name that was meant; empty where the model is known."""
    if model in known or not known:
        return ""
    near = get_close_matches(model, known, n=1)
    offered = f"Did you mean {near[0]}? " if near else ""
    return f"{offered}`bin/mlops models` lists the models. "


def _run(hook: MlflowHook, registered: ModelVersion) -> Run:
    try:
        return hook.run(str(registered.run_id))
    except Exception as error:
        if not is_missing(error):
            raise
        raise ModelError(
            f"{registered.name} version {registered.version}: its MLflow run {registered.run_id} is gone, "
            "and with it what the version was made from. Restore the run."
        ) from error
