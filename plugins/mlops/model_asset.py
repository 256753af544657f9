"""The asset that stands for a model in Airflow, and on which Airflow keeps what is remembered of it."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import Asset

SCHEME = "mlops://models/"


def model_asset(model_folder: str) -> Asset:
    """Return the asset that stands for a model.

    :param model_folder: the folder with ``model.yaml``, which has the model's name.
    """
    name = Path(model_folder).name
    return Asset(name=name, uri=f"{SCHEME}{name}", group="mlops")
