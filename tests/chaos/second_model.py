"""A copy of the repository with two models in it, `credit_risk` and `credit_second`."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path


def copy_with_second_model(copy: Path) -> dict[str, str]:
    """Make the copy; return the environment of programs that work on it."""
    for name in ("config", "dags", "demo", "plugins", "include"):
        shutil.copytree(PROJECT_ROOT / name, copy / name)
    shutil.copyfile(PROJECT_ROOT / "airflow_settings.yaml", copy / "airflow_settings.yaml")
    models = copy / "include" / "models"
    for folder in models.glob("*/model.yaml"):
        if folder.parent.name != "credit_risk":
            shutil.rmtree(folder.parent)
    shutil.copytree(models / "credit_risk", models / "credit_second")
    file = models / "credit_second" / "model.yaml"
    file.write_text(file.read_text().replace("name: credit_risk\n", "name: credit_second\n"))
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(copy), str(copy / "plugins"), str(copy / "config")]),
    }
