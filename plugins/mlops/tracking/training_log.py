"""What a training leaves in its MLflow run."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

from include.config.estimator_files import imported_distributions
from include.config.tasks import TASKS
from include.evaluation.flat_figures import training_figures
from include.monitoring.profile.build import build_profile
from include.monitoring.slices.profile import build_group_profile
from include.training.persist import check_trusted, without_deprecations
from include.training.predict import predict_scores
from mlops.tracking.lineage_tags import PreparedData
from mlops.tracking.training_runs import log_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from include.config.schema import ModelConfig
    from include.lineage import Manifest
    from include.training.fit import Fitted
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook

PROFILE, GROUPS = "profile/reference.json", "profile/groups.json"
_EXAMPLE_ROWS = 5
_REQUIREMENTS = ("scikit-learn", "skops", "numpy", "pandas", "mlflow")


class FrozenDataset(PreparedData, Protocol):
    """What a run says about the dataset that it learns from; ``prepare`` hands it on."""

    @property
    def digest(self) -> str:
        """Digest of the dataset."""

    @property
    def split_kind(self) -> str:
        """What parts training from test."""


def log_training(
    hook: MlflowHook,
    run_id: str,
    *,
    fitted: Fitted,
    train: Path,
    config: ModelConfig,
    manifest: Manifest,
    dataset: FrozenDataset,
    folder: Path,
) -> str:
    """Log parameters, data, model and reference profile to the active run.

    :param hook: the MLflow hook.
    :param run_id: the active run.
    :param fitted: the fitted pipeline.
    :param train: the training set it was fitted on.
    :param config: the model's configuration.
    :param manifest: the snapshots the training set was made from.
    :param dataset: what ``prepare`` returned.
    :param folder: the model folder, whose code says which libraries the model needs.
    :raises ModelError: the model holds types that have not been reviewed; nothing is logged then.
    :return: the URI of the logged model.
    """
    check_trusted(fitted.model, config.estimator.trusted_types)
    log_parameters(hook, run_id, _parameters(config, dataset))
    _log_inputs(manifest, dataset)
    uri = _log_model(fitted, config, folder)
    scores = predict_scores(fitted.model, fitted.frame.features, config)
    profile = build_profile(train, config, scores)
    hook.log_text(run_id, profile.to_json(), PROFILE)
    hook.log_json(run_id, build_group_profile(train, config, profile, scores).to_dict(), GROUPS)
    figures = {
        **training_figures(fitted.frame.target, config),
        "fit_seconds": fitted.seconds,
        "fit_cpu_seconds": fitted.cpu_seconds,
    }
    hook.log_metrics(run_id, figures)
    return uri


def log_reports(
    hook: MlflowHook, store: ObjectStoreHook, run_id: str, reports: Mapping[str, str], scratch: Path
) -> None:
    """Keep the validation reports of the snapshots with the run that learned from them.

    :param hook: the MLflow hook.
    :param store: the object store.
    :param run_id: the run.
    :param reports: path of the snapshot to object key of its report, from ``validate``.
    :param scratch: folder for copies.
    """
    for snapshot, key in reports.items():
        name = snapshot.split("/", 1)[1].removesuffix(".parquet")
        for ending in ("json", "html"):
            local = store.local_path(store.resolve(f"{key}.{ending}"), scratch.with_name("downloads"))
            target = scratch / f"{name}.{ending}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(local, target)
    hook.log_folder(run_id, scratch, "validation")


def _parameters(config: ModelConfig, dataset: FrozenDataset) -> dict[str, Any]:
    estimator = {f"estimator.{name}": value for name, value in config.estimator.parameters.items()}
    return {
        **estimator,
        "seed": config.estimator.seed,
        "split.seed": dataset.split_seed,
        "split.test_share": dataset.test_share,
        "split.start": dataset.split_start,
        "split.rotation": dataset.split_rotation,
        "split.kind": dataset.split_kind,
        "features": len(config.feature_names),
        "config_digest": config.digest,
        "dataset_digest": dataset.digest,
    }


def _log_inputs(manifest: Manifest, dataset: FrozenDataset) -> None:
    """Record every snapshot with its DVC md5, and the frozen test set with its digest."""
    import mlflow
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.meta_dataset import MetaDataset
    from mlflow.entities import Dataset, DatasetInput, InputTag

    run = mlflow.active_run()
    inputs = [
        (
            f"{ref.table} {ref.partition}",
            ref.md5,
            {"dvc.path": ref.path, "dvc.md5": ref.md5, "dvc.rev": ref.commit},
        )
        for ref in manifest.snapshots
    ]
    inputs.append(("frozen test set", dataset.test_digest[:36], {"object_key": dataset.object_key}))
    mlflow.MlflowClient().log_inputs(
        run.info.run_id,
        datasets=[
            DatasetInput(
                dataset=Dataset(**MetaDataset(CodeDatasetSource(tags), name=name, digest=digest).to_dict()),
                tags=[InputTag("mlflow.data.context", "test" if "object_key" in tags else "training")]
                + [InputTag(key, value) for key, value in tags.items()],
            )
            for name, digest, tags in inputs
        ],
    )


def _log_model(fitted: Fitted, config: ModelConfig, folder: Path) -> str:
    """Log the model with its signature, an input example and the reviewed types; return its URI."""
    import mlflow.sklearn
    from mlflow.models import infer_signature

    example = fitted.frame.features.head(_EXAMPLE_ROWS)
    with without_deprecations():
        logged = mlflow.sklearn.log_model(
            fitted.model,
            name="model",
            signature=infer_signature(example, predict_scores(fitted.model, example, config)),
            input_example=example,
            pyfunc_predict_fn=TASKS[config.task].asks,
            serialization_format="skops",
            skops_trusted_types=list(config.estimator.trusted_types),
            pip_requirements=_requirements(fitted.model, folder),
        )
    return str(logged.model_uri)


def _requirements(model: Any, folder: Path) -> list[str]:
    """Return the exact versions of the libraries that load the model and that its own code uses."""
    steps = [model, *model.get_params(deep=True).values()]
    modules = {type(step).__module__ for step in steps}
    own = [name for name in imported_distributions(folder, modules) if name not in _REQUIREMENTS]
    return [f"{name}=={version(name)}" for name in (*_REQUIREMENTS, *own)]
