"""What Airflow loads from this folder: the links. Everything else is imported by the DAGs from ``mlops``."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from mlops.links import DataVersionLink, MlflowRunLink, ModelVersionLink
from mlops.trigger_form import register_formats

register_formats()


class MlopsPlugin(AirflowPlugin):
    """Registers the operator links, so that the API server can name them."""

    name = "mlops"
    operator_extra_links: ClassVar[list[Any]] = [MlflowRunLink(), ModelVersionLink(), DataVersionLink()]
