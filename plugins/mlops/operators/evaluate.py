"""Candidate and champion on the same frozen test set."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from include.errors import ModelError
from mlops import places
from mlops.links import MlflowRunLink
from mlops.model_operator import ModelOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from include.config.schema import ModelConfig
    from mlops.hooks.mlflow import MlflowHook


class EvaluateModelOperator(ModelOperator):
    """Scores the candidate and the champion on the frozen test set and stores what the gate decides on.

    A champion that can't be loaded or scored is a finding, not an error: it goes into the evaluation, and the gate blocks.

    :param model_folder: the folder with ``model.yaml``.
    :param dataset: what ``prepare`` returned.
    :param trained: what ``train`` returned.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "dataset", "trained", "mlflow_conn_id", "object_store_conn_id",
    )  # fmt: skip
    operator_extra_links = (MlflowRunLink(),)
    ui_color: ClassVar[str] = "#e3f6d8"

    def __init__(
        self,
        *,
        model_folder: str,
        dataset: Any,
        trained: Any,
        mlflow_conn_id: str = "mlflow_default",
        object_store_conn_id: str = "object_store_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(model_folder=model_folder, **kwargs)
        self.dataset = dataset
        self.trained = trained
        self.mlflow_conn_id = mlflow_conn_id
        self.object_store_conn_id = object_store_conn_id
