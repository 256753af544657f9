"""What the operators of this project share: the model folder they work for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from mlops.run_context import model_config

if TYPE_CHECKING:
    from include.config.schema import ModelConfig


class ModelOperator(BaseOperator):
    """An operator that works for one model.

    :param model_folder: the folder with ``model.yaml``.
    """

    def __init__(self, *, model_folder: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model_folder = model_folder

    @property
    def config(self) -> ModelConfig:
        """The model's configuration, read from the folder now."""
        return model_config(self.model_folder)

    def link(self, name: str, url: str) -> None:
        """Keep an address for the button ``name`` on the task page."""
        self.links = {**getattr(self, "links", {}), name: url}
