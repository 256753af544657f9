"""What tasks ask MLflow, over its REST API alone. Knows nothing of Airflow.

``import mlflow`` takes almost two seconds of CPU, and each client looks through all installed packages.
Most tasks only ask: which version is the champion, what does the ledger say. The API behind these questions
is public and versioned (https://mlflow.org/docs/latest/api_reference/rest-api.html), so they are asked
directly (:mod:`mlops.hooks.mlflow_http`); whoever writes, loads a model or fetches from another store uses
MLflow's client.

The methods and what they return have the names of ``mlflow.MlflowClient``, so one may stand for the other.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from mlops.hooks.mlflow_entities import ArtifactFile, Experiment, ModelVersion, Page, RegisteredModel, Run
from mlops.hooks.mlflow_errors import MlflowAnswer, is_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops.hooks.mlflow_http import MlflowHttp

_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
_PAGE = 1_000
# As mlflow.entities.ViewType.
ACTIVE_ONLY, ALL = 1, 3
_VIEW_TYPES = {ACTIVE_ONLY: "ACTIVE_ONLY", 2: "DELETED_ONLY", ALL: "ALL"}


@dataclass(frozen=True, kw_only=True)
class MlflowRest:
    """Asks an MLflow server.

    :param http: sends the requests.
    """

    http: MlflowHttp

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return an experiment, a deleted one too; None where there is none."""
        try:
            found = self.http.get("experiments/get-by-name", "experiment", experiment_name=name)
        except MlflowAnswer as error:
            if not is_missing(error):
                raise
            return None
        return Experiment.from_json(found)

    def get_run(self, run_id: str) -> Run:
        """Return a run by its id."""
        return Run.from_json(self.http.get("runs/get", "run", run_id=run_id))

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        max_results: int = _PAGE,
        order_by: Sequence[str] = (),
        page_token: str | None = None,
        *,
        run_view_type: int = ACTIVE_ONLY,
    ) -> Page[Run]:
        """Return the runs that meet a condition; of those that were deleted only where that is asked for."""
        body = {
            "experiment_ids": list(experiment_ids),
            "filter": filter_string,
            "max_results": max_results,
            "order_by": list(order_by),
            "run_view_type": _VIEW_TYPES[run_view_type],
        }
        if page_token:
            body["page_token"] = page_token
        found = self.http.post("runs/search", body)
        page = Page(Run.from_json(one) for one in found.get("runs", []))
        page.token = found.get("next_page_token") or None
        return page

    def get_registered_model(self, name: str) -> RegisteredModel:
        """Return a registered model with its aliases."""
        found = self.http.get("registered-models/get", "registered_model", name=name)
        return RegisteredModel.from_json(found)

    def get_model_version(self, name: str, version: str) -> ModelVersion:
        """Return a version of a registered model."""
        found = self.http.get("model-versions/get", "model_version", name=name, version=version)
        return ModelVersion.from_json(found)

    def search_model_versions(
        self, filter_string: str, max_results: int = _PAGE, page_token: str | None = None
    ) -> Page[ModelVersion]:
        """Return the versions that meet a condition."""
        where = {"filter": filter_string, "max_results": str(max_results)}
        found = self.http.get("model-versions/search", **where, **_token(page_token))
        page = Page(ModelVersion.from_json(one) for one in found.get("model_versions", []))
        page.token = found.get("next_page_token") or None
        return page

    def search_registered_models(
        self, filter_string: str = "", max_results: int = _PAGE, page_token: str | None = None
    ) -> Page[RegisteredModel]:
        """Return the registered models that meet a condition."""
        where = {"filter": filter_string, "max_results": str(max_results)}
        found = self.http.get("registered-models/search", **where, **_token(page_token))
        page = Page(RegisteredModel.from_json(one) for one in found.get("registered_models", []))
        page.token = found.get("next_page_token") or None
        return page

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[ArtifactFile]:
        """Return what lies in a folder of a run's artifacts; nothing where there is no such folder."""
        where = {"path": path} if path else {}
        files: list[ArtifactFile] = []
        token = None
        while True:
            found = self.http.get("artifacts/list", run_id=run_id, **where, **_token(token))
            files += [
                ArtifactFile(path=one["path"], is_dir=bool(one.get("is_dir")))
                for one in found.get("files", [])
            ]
            token = found.get("next_page_token")
            if not token:
                return files

    def read_text(self, run_id: str, artifact: str) -> str | None:
        """Return a text artifact that the server itself hands out.

        :return: None if its clients have to go to the store themselves.
        """
        path = self._artifact_path(run_id, artifact)
        if path is None:
            return None
        content = self.http.request("GET", path).content
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8").read()

    def log_text(self, run_id: str, text: str, artifact: str) -> bool:
        """Store a text as an artifact through the server.

        :return: False if its clients have to go to the store themselves, and nothing was stored.
        """
        path = self._artifact_path(run_id, artifact)
        if path is None:
            return False
        self.http.request("PUT", path, data=text.encode())
        return True

    def _artifact_path(self, run_id: str, artifact: str) -> str | None:
        """Return under which path the server itself keeps an artifact; None if it does not."""
        where = urlsplit(self.get_run(run_id).info.artifact_uri)
        if where.scheme != "mlflow-artifacts" or where.netloc:
            return None
        folder = where.path.strip("/")
        return f"{_ARTIFACTS}/{quote(f'{folder}/{artifact}')}"


def _token(token: str | None) -> dict[str, str]:
    """Return the parameter that asks for the next page; none for the first."""
    return {"page_token": token} if token else {}
