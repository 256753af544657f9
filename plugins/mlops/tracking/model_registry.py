"""Versions and aliases in the MLflow model registry, each operation safe to repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import ModelError
from include.promotion.alias_plan import CHALLENGER, CHAMPION, PREVIOUS_CHAMPION
from mlops.hooks.mlflow_errors import is_missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities.model_registry import ModelVersion

    from include.promotion.alias_plan import AliasPlan
    from mlops.hooks.mlflow import MlflowHook

__all__ = ["CHALLENGER", "CHAMPION", "PREVIOUS_CHAMPION", "ModelRegistry"]


_LARGEST = 2**31 - 1  # MLflow keeps the number as an integer of SQL, and answers a larger one with status 500


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
        with self.hook.errors(f"read the aliases of {self.model}"):
            try:
                registered = self.hook.rest.get_registered_model(self.model)
            except Exception as error:
                if not is_missing(error):
                    raise
                return {}
        return {alias: str(version) for alias, version in registered.aliases.items()}

    def version(self, number: str) -> ModelVersion | None:
        """Return a version, or None when there is none: it never was, or somebody deleted it."""
        if number.isdecimal() and int(number) > _LARGEST:
            return None
        with self.hook.errors(f"read version {number} of {self.model}"):
            try:
                return self.hook.rest.get_model_version(self.model, number)
            except Exception as error:
                if not is_missing(error):
                    raise
                return None

    def newest(self) -> ModelVersion | None:
        """Return the version that was registered last, None before the first."""
        with self.hook.errors(f"list the versions of {self.model}"):
            found = self.hook.client.search_model_versions(
                f"name = '{self.model}'", max_results=1, order_by=["version_number DESC"]
            )
        return found[0] if found else None

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
                f"{self.model}: alias {CHAMPION!r} points at version {number}, which no longer exists. Point "
                f"the alias at a "
                "version that does, or delete it to start anew."
            )
        return found

    def register(
        self, *, run_id: str, source: str, tags: Mapping[str, str], description: str
    ) -> tuple[str, bool]:
        """Return the version of a run, and if it was made now: one per run, whatever is retried.

        :param run_id: MLflow run the model came from.
        :param source: the logged model, ``models:/m-...``.
        :param tags: lineage, set again on a version that exists, so that a half-made one becomes whole.
        :param description: one paragraph for people.
        """
        client = self.hook.client
        self._ensure_registered_model()
        with self.hook.errors(f"register {self.model}"):
            existing = client.search_model_versions(f"name = '{self.model}' and run_id = '{run_id}'")
            if existing:
                version = min(existing, key=lambda found: int(found.version))
                for key, value in tags.items():
                    if version.tags.get(key) != value:
                        client.set_model_version_tag(self.model, version.version, key, value)
                return str(version.version), False
            made = client.create_model_version(
                self.model,
                source,
                run_id=run_id,
                tags=dict(tags),
                description=description,
                model_id=source.rpartition("/")[2] if source.startswith("models:/m-") else None,
            )
        return str(made.version), True

    def set_tags(self, number: str, tags: Mapping[str, str]) -> None:
        """Set tags of a version."""
        with self.hook.errors(f"set tags of version {number} of {self.model}"):
            for key, value in tags.items():
                self.hook.client.set_model_version_tag(self.model, number, key, value)

    def set_alias(self, alias: str, version: str) -> None:
        """Point an alias at a version."""
        with self.hook.errors(f"set {alias} of {self.model}"):
            self.hook.client.set_registered_model_alias(self.model, alias, version)

    def delete_alias(self, alias: str) -> None:
        """Remove an alias; one that does not exist is not an error."""
        with self.hook.errors(f"delete {alias} of {self.model}"):
            self.hook.client.delete_registered_model_alias(self.model, alias)

    def apply(self, plan: AliasPlan) -> None:
        """Apply the steps of an alias plan in their order; each may be repeated."""
        for step in plan.steps:
            if step.version is None:
                self.delete_alias(step.alias)
            else:
                self.set_alias(step.alias, step.version)

    def url(self, number: str) -> str:
        """Return the address of a version's page."""
        return f"{self.hook.ui_url}/#/models/{self.model}/versions/{number}"

    def _ensure_registered_model(self) -> None:
        from mlflow.exceptions import MlflowException

        with self.hook.errors(f"create the registered model {self.model}"):
            try:
                self.hook.client.create_registered_model(self.model)
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
