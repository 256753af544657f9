"""MLflow behind an Airflow connection: runs that are found again, errors that say whether trying again helps."""

from __future__ import annotations

import base64
import logging
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from include.errors import ConfigError, TrackingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow import MlflowClient
    from mlflow.entities import Run

RUN_KEY = "mlops.run_key"

_CLIENT_FAULTS = {
    "ALREADY_EXISTS", "BAD_REQUEST", "FEATURE_DISABLED", "INVALID_PARAMETER_VALUE", "INVALID_STATE", "NOT_FOUND",
    "PERMISSION_DENIED", "RESOURCE_ALREADY_EXISTS", "RESOURCE_DOES_NOT_EXIST", "UNAUTHENTICATED",
}  # fmt: skip


@contextmanager
def tracking_errors(action: str) -> Iterator[None]:
    """Turn an outage of the MLflow server into a :class:`TrackingError`; an error of the caller stays what it is."""
    import requests
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code in _CLIENT_FAULTS:
            raise
        raise TrackingError(_outage(action, error)) from error
    except requests.RequestException as error:
        raise TrackingError(_outage(action, error)) from error


def _outage(action: str, error: Exception) -> str:
    return (
        f"MLflow could not {action}: {str(error)[:600]}. Is the server of connection 'mlflow_default' up and healthy? "
        "The task is retried."
    )


class MlflowHook(BaseHook):
    """Opens, resumes and closes MLflow runs.

    The connection's host, port and schema (``http`` or ``https``) make the tracking URI; login and password go into an
    Authorization header, in memory. Its extra may hold ``timeout`` (seconds for one request, default 30), ``retries``
    (per request, default 3; what lasts longer is the task's retry) and ``ui`` (the URL that people open, where it differs).

    :param conn_id: Airflow connection of the tracking server.
    """

    default_conn_name = "mlflow_default"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id
        self._client: MlflowClient | None = None

    @property
    def tracking_uri(self) -> str:
        """Where the server listens."""
        connection = self.get_connection(self.conn_id)
        if not connection.host:
            raise ConfigError(f"Connection {self.conn_id!r} has no host; expected the MLflow server's, such as 127.0.0.1.")
        host = connection.host.removeprefix("http://").removeprefix("https://").rstrip("/")
        port = f":{connection.port}" if connection.port else ""
        return f"{connection.schema or 'http'}://{host}{port}"

    @property
    def ui_url(self) -> str:
        """Where people open MLflow."""
        return str(self.get_connection(self.conn_id).extra_dejson.get("ui") or self.tracking_uri).rstrip("/")

    @property
    def client(self) -> MlflowClient:
        """The MLflow client; MLflow's own fluent functions use the same server afterwards."""
        if self._client is None:
            import mlflow
            from mlflow.environment_variables import (
                MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR,
                MLFLOW_HTTP_REQUEST_MAX_RETRIES,
                MLFLOW_HTTP_REQUEST_TIMEOUT,
            )

            connection = self.get_connection(self.conn_id)
            extra = connection.extra_dejson
            MLFLOW_HTTP_REQUEST_TIMEOUT.set(int(extra.get("timeout", 30)))
            MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(int(extra.get("retries", 3)))
            MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR.set(1)
            logging.getLogger("mlflow").setLevel(logging.WARNING)
            if connection.password:
                _send_authorization(connection.login or "", connection.password)
            mlflow.set_tracking_uri(self.tracking_uri)
            mlflow.set_registry_uri(self.tracking_uri)
            self._client = mlflow.MlflowClient(self.tracking_uri, self.tracking_uri)
        return self._client

    def experiment_id(self, name: str) -> str:
        """Return an experiment's id; it is created when missing and restored when deleted."""
        from mlflow.exceptions import MlflowException

        with tracking_errors(f"find the experiment {name}"):
            found = self.client.get_experiment_by_name(name)
            if found is None:
                try:
                    return str(self.client.create_experiment(name))
                except MlflowException as error:
                    if error.error_code != "RESOURCE_ALREADY_EXISTS":
                        raise
                    return self.experiment_id(name)
            if found.lifecycle_stage == "deleted":
                self.client.restore_experiment(found.experiment_id)
            return str(found.experiment_id)

    def find_run(self, experiment: str, tag: str, value: str) -> Run | None:
        """Return the run that carries a tag, the oldest where there are several."""
        with tracking_errors(f"search {experiment}"):
            runs = self.client.search_runs(
                [self.experiment_id(experiment)],
                filter_string=f"tags.`{tag}` = '{value}'",
                order_by=["attributes.start_time ASC", "attributes.run_id ASC"],
                max_results=2,
            )
        return runs[0] if runs else None

    def find_or_create_run(
        self, experiment: str, *, key_tag: str = RUN_KEY, key: str, name: str, tags: Mapping[str, str]
    ) -> Run:
        """Return the one run with a key. A retry, a second worker, a cleared task: all get the same run.

        MLflow has no unique key, so whoever created a run looks again; of two created at once the older stays.
        """
        found = self.find_run(experiment, key_tag, key)
        if found is not None:
            return found
        with tracking_errors(f"create a run in {experiment}"):
            made = self.client.create_run(
                self.experiment_id(experiment), run_name=name, tags={**tags, key_tag: key}
            )
        first = self.find_run(experiment, key_tag, key) or made
        if first.info.run_id != made.info.run_id:
            with tracking_errors("remove a run created twice"):
                self.client.delete_run(made.info.run_id)
        return first

    def close_run(self, run_id: str, status: str = "FINISHED") -> None:
        """Set a run's final status: FINISHED, FAILED or KILLED."""
        with tracking_errors(f"mark run {run_id} {status}"):
            self.client.set_terminated(run_id, status)

    def log_text(self, run_id: str, text: str, artifact: str) -> None:
        """Store a text as an artifact."""
        with tracking_errors(f"store {artifact}"):
            self.client.log_text(run_id, text, artifact)

    def log_json(self, run_id: str, value: Mapping[str, Any], artifact: str) -> None:
        """Store a JSON document as an artifact."""
        with tracking_errors(f"store {artifact}"):
            self.client.log_dict(run_id, dict(value), artifact)

    def log_folder(self, run_id: str, folder: Path, artifact_path: str) -> None:
        """Store a folder of files as artifacts."""
        with tracking_errors(f"store {artifact_path}"):
            self.client.log_artifacts(run_id, str(folder), artifact_path)

    def log_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Log metrics in one request; values that are no number are left out."""
        import math
        import time

        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        entities = [Metric(key, value, now, 0) for key, value in metrics.items() if math.isfinite(value)]
        with tracking_errors("log metrics"):
            self.client.log_batch(run_id, metrics=entities)

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run in one request."""
        from mlflow.entities import RunTag

        with tracking_errors("set tags"):
            self.client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])

    def read_text(self, run_id: str, artifact: str) -> str:
        """Return a text artifact."""
        import mlflow

        with tempfile.TemporaryDirectory() as scratch, tracking_errors(f"read {artifact} of run {run_id}"):
            local = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=artifact, dst_path=scratch)
            return Path(local).read_text(encoding="utf-8")

    def run_url(self, run: Run) -> str:
        """Return the address of a run's page."""
        return f"{self.ui_url}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"

    def test_connection(self) -> tuple[bool, str]:
        """Ask the server for one experiment: `/health` stays green while everything else is refused."""
        try:
            with tracking_errors("list experiments"):
                self.client.search_experiments(max_results=1)
        except Exception as error:  # a test reports whatever went wrong
            return False, str(error)
        return True, f"MLflow answers at {self.tracking_uri}"


def _send_authorization(login: str, password: str) -> None:
    """Let every MLflow request of this process carry basic authentication, without a secret in the environment."""
    from mlflow.tracking.request_header.abstract_request_header_provider import RequestHeaderProvider
    from mlflow.tracking.request_header.registry import _request_header_provider_registry

    token = base64.b64encode(f"{login}:{password}".encode()).decode()

    class ConnectionAuthorization(RequestHeaderProvider):  # type: ignore[misc]
        def in_context(self) -> bool:
            return True

        def request_headers(self) -> dict[str, str]:
            return {"Authorization": f"Basic {token}"}

    _request_header_provider_registry._registry[:] = [
        known
        for known in _request_header_provider_registry._registry
        if type(known).__name__ != ConnectionAuthorization.__name__
    ]
    _request_header_provider_registry.register(ConnectionAuthorization)
