"""What the server asks MLflow's registry: where an alias points, and which version a number is."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mlflow

from include.errors import DataError, ModelError
from include.serving.golden import GoldenRequests
from mlops.hooks.mlflow_errors import is_missing
from mlops.hooks.mlflow_server import MlflowServer, tracking_errors
from serving.loaded_version import VersionId

GOLDEN_REQUESTS = "serving/golden_requests.json"
OPTION = "--mlflow"  # what errors call the way to the server


@dataclass(frozen=True, kw_only=True)
class Registry:
    """The registry of an MLflow server.

    :param server: how to reach it.
    :param model: the registered model's name.
    """

    server: MlflowServer
    model: str

    @cached_property
    def _client(self) -> Any:
        return self.server.rest()

    def aliases(self) -> dict[str, str]:
        """Return each alias with the number of its version; nothing where the model is not registered.

        :raises TrackingError: the server does not answer.
        :raises ConfigError: it refuses.
        """
        with tracking_errors(f"read the aliases of {self.model}", OPTION):
            try:
                return dict(self._client.get_registered_model(self.model).aliases)
            except Exception as error:
                if is_missing(error):
                    return {}
                raise

    def version(self, number: str) -> VersionId | None:
        """Return a version by its number; None where there is none. Errors as :meth:`aliases`."""
        with tracking_errors(f"read version {number} of {self.model}", OPTION):
            try:
                found = self._client.get_model_version(self.model, number)
            except Exception as error:
                if is_missing(error):
                    return None
                raise
        return VersionId(number=str(found.version), source=str(found.source), run_id=str(found.run_id or ""))

    def golden(self, found: VersionId) -> GoldenRequests | None:
        """Return the golden requests that a version's evaluation recorded; None where it recorded none.

        :param found: the version.
        :raises ModelError: they can't be read.
        :raises TrackingError: the server or its artifact store does not answer.
        """
        if not found.run_id:
            return None
        with tracking_errors(f"read the golden requests of version {found.number}", OPTION):
            listed = self._client.list_artifacts(found.run_id, posixpath.dirname(GOLDEN_REQUESTS))
            if GOLDEN_REQUESTS not in {one.path for one in listed}:
                return None
            read = getattr(self._client, "read_text", lambda *_: None)(found.run_id, GOLDEN_REQUESTS)
            text = read or mlflow.artifacts.load_text(f"runs:/{found.run_id}/{GOLDEN_REQUESTS}")
        try:
            return GoldenRequests.from_dict(json.loads(text))
        except (DataError, ValueError) as error:
            raise ModelError(f"version {found.number}: {GOLDEN_REQUESTS}: {error}") from error
