"""Versions and aliases in the MLflow model registry, each operation safe to repeat."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from include.errors import ModelError
from mlops.hooks.mlflow import MlflowHook, tracking_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow.entities.model_registry import ModelVersion

CHAMPION = "champion"
CHALLENGER = "challenger"
PREVIOUS_CHAMPION = "previous_champion"


class ModelRegistry:
    """One registered model.

    :param hook: the MLflow hook.
    :param model: name of the registered model.
    """

    def __init__(self, hook: MlflowHook, model: str) -> None:
        self.hook = hook
        self.model = model

    def aliases(self) -> dict[str, str]:
        """Return every alias with its version; empty for a model that was never registered."""
        from mlflow.exceptions import MlflowException

        with tracking_errors(f"read the aliases of {self.model}"):
            try:
                registered = self.hook.client.get_registered_model(self.model)
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
                return {}
        return {alias: str(version) for alias, version in registered.aliases.items()}

    def version(self, number: str) -> ModelVersion | None:
        """Return a version, or None when somebody deleted it."""
        from mlflow.exceptions import MlflowException

        with tracking_errors(f"read version {number} of {self.model}"):
            try:
                return self.hook.client.get_model_version(self.model, number)
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
                return None

    def champion(self) -> ModelVersion | None:
        """Return the version in production, None before the first promotion.

        :raises ModelError: the alias points at a version that is gone.
        """
        number = self.aliases().get(CHAMPION)
        if number is None:
            return None
        found = self.version(number)
        if found is None:
            raise ModelError(
                f"{self.model}: alias {CHAMPION!r} points at version {number}, which no longer exists. Point the alias at a "
                "version that does, or delete it to start anew."
            )
        return found

    def register(self, *, run_id: str, source: str, tags: Mapping[str, str], description: str) -> tuple[str, bool]:
        """Return the version made from a run, and whether this call made it: one version per run, whatever is retried.

        :param run_id: MLflow run the model came from.
        :param source: the logged model, ``models:/m-...``.
        :param tags: lineage, set again on a version that exists, so that a half-made one becomes whole.
        :param description: one paragraph for people.
        """
        client = self.hook.client
        self._ensure_registered_model()
        with tracking_errors(f"register {self.model}"):
            existing = client.search_model_versions(f"name = '{self.model}' and run_id = '{run_id}'")
            if existing:
                version = min(existing, key=lambda found: int(found.version))
                for key, value in tags.items():
                    if version.tags.get(key) != value:
                        client.set_model_version_tag(self.model, version.version, key, value)
                return str(version.version), False
            made = client.create_model_version(
                self.model, source, run_id=run_id, tags=dict(tags), description=description
            )
        return str(made.version), True

    def set_alias(self, alias: str, version: str) -> None:
        """Point an alias at a version."""
        with tracking_errors(f"set {alias} of {self.model}"):
            self.hook.client.set_registered_model_alias(self.model, alias, version)

    def delete_alias(self, alias: str) -> None:
        """Remove an alias; one that does not exist is no error."""
        with tracking_errors(f"delete {alias} of {self.model}"):
            self.hook.client.delete_registered_model_alias(self.model, alias)

    def load(self, number: str, trusted_types: Sequence[str]) -> Any:
        """Load a registered scikit-learn model.

        MLflow's own loader trusts the list of types that the model's file brings along; whoever can write to the artifact
        store could put any type on it. Here only the reviewed list of ``model.yaml`` counts, and only skops is read.

        :param number: version in the registry.
        :param trusted_types: dotted names that may be loaded besides those skops trusts itself.
        :raises ModelError: the version is gone, is no skops model, or needs a type that is not on the list.
        """
        import mlflow

        if self.version(number) is None:
            raise ModelError(f"{self.model} version {number} does not exist in the registry.")
        uri = f"models:/{self.model}/{number}"
        with tempfile.TemporaryDirectory(prefix="model-") as scratch:
            with tracking_errors(f"download {uri}"):
                folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=scratch))
            return read_model(folder, uri, trusted_types)

    def url(self, number: str) -> str:
        """Return the address of a version's page."""
        return f"{self.hook.ui_url}/#/models/{self.model}/versions/{number}"

    def _ensure_registered_model(self) -> None:
        from mlflow.exceptions import MlflowException

        with tracking_errors(f"create the registered model {self.model}"):
            try:
                self.hook.client.create_registered_model(self.model)
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise


def read_model(folder: Path, uri: str, trusted_types: Sequence[str]) -> Any:
    """Read a scikit-learn model from a downloaded MLflow model folder, through skops and our own list of types."""
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        flavor = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))["flavors"]["sklearn"]
        file = folder / flavor["pickled_model"]
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ModelError(f"{uri} is no complete scikit-learn model: {error!r}.") from error
    if flavor.get("serialization_format") != "skops" or folder.resolve() not in file.resolve().parents:
        raise ModelError(f"{uri} is saved as {flavor.get('serialization_format')!r}; only skops is loaded, never pickle.")
    try:
        return skops.io.load(file, trusted=list(trusted_types))
    except UntrustedTypesFoundException as error:
        raise ModelError(
            f"{uri}: {error}. Review each type; if it may be loaded, add it to estimator.trusted_types in model.yaml."
        ) from error
    except Exception as error:  # a damaged file raises whatever zipfile, json or numpy make of it
        raise ModelError(f"{uri} can't be loaded: {error!r}.") from error
