"""What Airflow loads from this folder: the links, and what makes SQLite bear its API.

Everything else is imported by the DAGs from ``mlops``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from mlops.api_server import one_writer
from mlops.api_server.trigger_form import register_formats
from mlops.operators.links import DataVersionLink, MlflowRunLink, ModelVersionLink

register_formats()


class MlopsPlugin(AirflowPlugin):
    """Registers the operator links, so that the API server can name them, and its middleware."""

    name = "mlops"
    operator_extra_links: ClassVar[list[Any]] = [MlflowRunLink(), ModelVersionLink(), DataVersionLink()]
    fastapi_root_middlewares: ClassVar[list[Any]] = one_writer.middlewares()
