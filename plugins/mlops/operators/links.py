"""Buttons on the task page that lead to what a task made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


@attrs.define()
class _ResultLink(BaseOperatorLink):
    """A link whose address the operator kept in its ``links`` while it ran.

    Airflow asks for it in the worker, right after ``execute``, and stores the answer; the API server only
    reads it.
    """

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        return str(getattr(operator, "links", {}).get(self.name, ""))


@attrs.define()
class MlflowRunLink(_ResultLink):
    """The run in MLflow."""

    name = "MLflow run"


@attrs.define()
class ModelVersionLink(_ResultLink):
    """The version in the model registry."""

    name = "Model version"


@attrs.define()
class DataVersionLink(_ResultLink):
    """The data versions a task worked on: the registry's commit where it has a page, or a list in the run."""

    name = "Data version"
