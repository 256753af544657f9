"""MLflow behind an Airflow connection: experiments, runs and what they hold."""

from __future__ import annotations

import math
import tempfile
import time
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.strict_json import plain
from mlops.hooks.connected import ConnectedHook
from mlops.hooks.environment import check_mlflow, current_environment, mark_mlflow
from mlops.hooks.mlflow_errors import error_code
from mlops.hooks.mlflow_rest import MlflowRest
from mlops.hooks.mlflow_server import MlflowServer, connect_late, tracking_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from mlflow import MlflowClient
    from mlflow.entities import Run

_MOST_METRICS = 1_000  # in one request
_LONGEST_TAG = 8_000  # characters


class MlflowHook(ConnectedHook):
    """Opens, resumes and closes MLflow runs.

    The connection's host, port and schema (``http`` or ``https``, which may also precede the host) make the
    tracking URI; login and password go into an Authorization header, in memory. Its extra may hold
    ``timeout`` (seconds for one request, default 30), ``retries`` (per request, default 3; what lasts longer
    is the task's retry) and ``ui`` (the URL that people open, where it differs).

    :param conn_id: Airflow connection of the tracking server.
    """

    default_conn_name = "mlflow_default"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id
        self._checked = False

    @cached_property
    def server(self) -> MlflowServer:
        """The tracking server that the connection names."""
        return MlflowServer.of(self.get_connection(self.conn_id), self.conn_id)

    @cached_property
    def ui_url(self) -> str:
        """Where people open MLflow."""
        extra = self.get_connection(self.conn_id).extra_dejson
        return str(extra.get("ui") or self.server.tracking_uri).rstrip("/")

    @cached_property
    def client(self) -> MlflowClient:
        """The MLflow client; MLflow's own functions use the same server afterwards."""
        self._check_environment()
        return self.server.connect()

    @cached_property
    def rest(self) -> MlflowRest | MlflowClient:
        """What only asks, without importing MLflow."""
        self._check_environment()
        return self.server.rest()

    def mark(self, environment: str) -> None:
        """Mark the server as one of an environment, unless it bears a mark.

        :param environment: name of the environment.
        """
        with self.errors("mark the server"):
            mark_mlflow(self.server.connect(), environment)

    def _check_environment(self) -> None:
        """Make sure, once, that the server belongs to the environment in which this process works."""
        if self._checked or current_environment() is None:
            return
        with self.errors("read the mark of the environment"):
            check_mlflow(self.server.rest(), uri=self.server.tracking_uri, connection=self.conn_id)
        self._checked = True

    def errors(self, action: str) -> AbstractContextManager[None]:
        """Return what turns MLflow's errors into this project's, with this connection's id in them."""
        return tracking_errors(action, self.conn_id)

    def find_experiment(self, name: str) -> str | None:
        """Return the id of an experiment, or None where there is none or it is deleted. Creates nothing."""
        with self.errors(f"find the experiment {name}"):
            found = self.rest.get_experiment_by_name(name)
        return str(found.experiment_id) if found and found.lifecycle_stage == "active" else None

    def experiment_id(self, name: str) -> str:
        """Return an experiment's id; it is created when missing and restored when deleted."""
        with self.errors(f"find the experiment {name}"):
            found = self.rest.get_experiment_by_name(name)
            if found is None:
                try:
                    return str(self.client.create_experiment(name))
                except Exception as error:
                    if error_code(error) != "RESOURCE_ALREADY_EXISTS":
                        raise
                    return self.experiment_id(name)
            if found.lifecycle_stage == "deleted":
                self.client.restore_experiment(found.experiment_id)
            return str(found.experiment_id)

    def run(self, run_id: str) -> Run:
        """Return a run by its id."""
        with self.errors(f"read run {run_id}"):
            return self.rest.get_run(run_id)

    def resume_run(self, run_id: str) -> None:
        """Make a run RUNNING again and empty of models, so that none is logged twice."""
        with self.errors(f"resume run {run_id}"):
            run = self.client.get_run(run_id)
            if run.info.status != "RUNNING":
                self.client.update_run(run_id, status="RUNNING")
            logged = self.client.search_logged_models(
                [run.info.experiment_id], filter_string=f"source_run_id = '{run_id}'"
            )
            for model in logged:
                self.client.delete_logged_model(model.model_id)

    @contextmanager
    def active_run(self, run_id: str) -> Iterator[None]:
        """Make a run the one that MLflow's own functions log to, and close it by how the block ends.

        FINISHED, FAILED after an error, KILLED when the process was told to stop.
        """
        import mlflow

        connect_late()
        with self.errors(f"log to run {run_id}"):
            mlflow.start_run(run_id=run_id, log_system_metrics=True)
            try:
                yield
            except BaseException as error:
                status = "FAILED" if isinstance(error, Exception) else "KILLED"
                try:
                    mlflow.end_run(status)
                except Exception as second:  # the first error is the one to tell
                    self.log.warning("Run %s could not be marked %s: %s", run_id, status, second)
                raise
            mlflow.end_run()

    def close_run(self, run_id: str, status: str = "FINISHED") -> None:
        """Set a run's final status: FINISHED, FAILED or KILLED."""
        with self.errors(f"mark run {run_id} {status}"):
            self.client.set_terminated(run_id, status)

    def log_text(self, run_id: str, text: str, artifact: str) -> None:
        """Store a text as an artifact."""
        with self.errors(f"store {artifact}"):
            if isinstance(self.rest, MlflowRest) and self.rest.log_text(run_id, text, artifact):
                return
            self.client.log_text(run_id, text, artifact)

    def log_json(self, run_id: str, value: Mapping[str, Any], artifact: str) -> None:
        """Store a JSON document as an artifact; a figure that is not defined is None there."""
        with self.errors(f"store {artifact}"):
            self.client.log_dict(run_id, plain(dict(value)), artifact)

    def log_folder(self, run_id: str, folder: Path, artifact_path: str) -> None:
        """Store a folder of files as artifacts."""
        with self.errors(f"store {artifact_path}"):
            self.client.log_artifacts(run_id, str(folder), artifact_path)

    def log_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Log metrics, as many in a request as MLflow takes; values that are no number are left out."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        entities = [Metric(key, value, now, 0) for key, value in metrics.items() if math.isfinite(value)]
        with self.errors("log metrics"):
            for start in range(0, len(entities), _MOST_METRICS):
                self.client.log_batch(run_id, metrics=entities[start : start + _MOST_METRICS])

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run in one request.

        MLflow cuts a value after 8,000 characters without a word. So a longer one is kept whole as an
        artifact first, and the tag ends by naming it.
        """
        from mlflow.entities import RunTag

        shown = []
        for key, value in tags.items():
            text = value
            if len(value) > _LONGEST_TAG:
                whole = f"tags/{key}.txt"
                self.log_text(run_id, value, whole)
                text = f"{value[: _LONGEST_TAG - 200]} ...\n\n{len(value):,} characters; the whole: {whole}"
            shown.append(RunTag(key, text))
        with self.errors("set tags"):
            self.client.log_batch(run_id, tags=shown)

    def has_artifact(self, run_id: str, artifact: str) -> bool:
        """Return whether a run holds an artifact."""
        folder = artifact.rpartition("/")[0] or None
        with self.errors(f"list the artifacts of run {run_id}"):
            return any(file.path == artifact for file in self.rest.list_artifacts(run_id, folder))

    def read_text(self, run_id: str, artifact: str) -> str:
        """Return a text artifact."""
        with self.errors(f"read {artifact} of run {run_id}"):
            text = self.rest.read_text(run_id, artifact) if isinstance(self.rest, MlflowRest) else None
        if text is not None:
            return text

        import mlflow

        connect_late()
        with tempfile.TemporaryDirectory() as scratch, self.errors(f"read {artifact} of run {run_id}"):
            local = mlflow.artifacts.download_artifacts(
                run_id=run_id, artifact_path=artifact, dst_path=scratch
            )
            return Path(local).read_text(encoding="utf-8")

    def run_url(self, run: Run) -> str:
        """Return the address of a run's page."""
        return f"{self.ui_url}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"

    def test_connection(self) -> tuple[bool, str]:
        """Ask the server for one experiment: `/health` stays green while everything else is refused."""
        try:
            with self.errors("list experiments"):
                self.client.search_experiments(max_results=1)
        except Exception as error:  # a test reports whatever went wrong
            return False, str(error)
        return True, f"MLflow answers at {self.server.tracking_uri}"
