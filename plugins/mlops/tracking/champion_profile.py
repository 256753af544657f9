"""What is kept with a champion for the checks of later deliveries: profile, importances, calibration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from include.errors import ModelError
from include.monitoring.profile.profile import Profile
from include.monitoring.slices.profile import GroupProfile
from mlops.tracking.evaluation_log import IMPORTANCE
from mlops.tracking.training_log import GROUPS, PROFILE

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from mlops.hooks.mlflow import MlflowHook


def read_profile(hook: MlflowHook, version: ModelVersion) -> Profile:
    """Return the reference profile of a version.

    :param hook: the MLflow hook.
    :param version: the version.
    :raises ModelError: the run it came from holds none, or a damaged one.
    """
    if not hook.has_artifact(version.run_id, PROFILE):
        raise ModelError(
            f"{version.name} version {version.version} has no reference profile: run {version.run_id} holds "
            f"no {PROFILE}, so it is not known what it was trained on. Train the model again with *force*."
        )
    return Profile.from_json(hook.read_text(version.run_id, PROFILE))


def read_group_profile(hook: MlflowHook, version: ModelVersion) -> GroupProfile | None:
    """Return the predictions of each group at the training of a version; None if they were not kept.

    :param hook: the MLflow hook.
    :param version: the version.
    """
    found = _find_json(hook, version, GROUPS)
    return GroupProfile.from_dict(found) if found else None


def read_importance(hook: MlflowHook, version: ModelVersion) -> dict[str, float] | None:
    """Return what each feature is worth to a version, in the unit of the primary metric; None if not known.

    :param hook: the MLflow hook.
    :param version: the version.
    """
    found = _find_json(hook, version, IMPORTANCE) or {}
    return {name: float(one["loss"]) for name, one in found.items()} or None


def read_learned(hook: MlflowHook, version: ModelVersion, artifact: str) -> dict[str, Any] | None:
    """Return what was learned on a version's test set of what its predictions are worth; None if not known.

    :param hook: the MLflow hook.
    :param version: the version.
    :param artifact: where the estimator of its task keeps it.
    """
    return _find_json(hook, version, artifact)


def _find_json(hook: MlflowHook, version: ModelVersion, artifact: str) -> dict[str, Any] | None:
    """Return a document of a version's run; None where it has none."""
    if not hook.has_artifact(version.run_id, artifact):
        return None
    return dict(json.loads(hook.read_text(version.run_id, artifact)))
