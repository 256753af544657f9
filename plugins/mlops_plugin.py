"""What Airflow loads from this folder: links, pages, what makes SQLite bear its API, a listener, settings.

Everything else is imported by the DAGs from ``mlops``.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from mlops.api_server import one_writer
from mlops.api_server.trigger_form import register_formats
from mlops.metrics import dag_runs
from mlops.openlineage.defaults import fill_settings
from mlops.operators.links import DataVersionLink, MlflowRunLink, ModelVersionLink
from mlops.pages.lazy_app import fastapi_apps
from mlops.pages.places import external_views

register_formats()


class MlopsPlugin(AirflowPlugin):
    """Registers the operator links, so that the API server can name them, its middleware, pages, listener."""

    name = "mlops"
    operator_extra_links: ClassVar[list[Any]] = [MlflowRunLink(), ModelVersionLink(), DataVersionLink()]
    fastapi_root_middlewares: ClassVar[list[Any]] = one_writer.middlewares()
    fastapi_apps: ClassVar[list[Any]] = fastapi_apps()
    external_views: ClassVar[list[Any]] = external_views()
    listeners: ClassVar[list[Any]] = [dag_runs]

    @classmethod
    def on_load(cls, *_: Any, **__: Any) -> None:
        """Let no task wait for a backend of OpenLineage; the provider's plugin is loaded after this one."""
        fill_settings(os.environ, conf)
