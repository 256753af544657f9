"""What ``dvc.yaml`` and ``params.yaml`` name is there, and all that is there is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from include.config.load import load_model
from include.config.schema import ModelConfig
from include.evaluation.plots.points import plot_points
from include.pipeline.__main__ import STAGES

pytestmark = pytest.mark.core

ROOT = Path(__file__).parents[3]
FILE: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text())
MODELS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())["models"]


def made(model: str) -> dict[str, set[str]]:
    """Return the plots that a model's evaluation leaves, with their columns."""
    config = load_model(ROOT / "include" / "models" / model)
    classes = max(2, len(config.target.classes))
    target = np.arange(40) % classes
    shares = np.full((40, classes), 0.5 / classes) + 0.5 * np.eye(classes)[target]
    scores = {"multiclass": shares, "binary": shares[:, 1], "regression": target + 0.5}[config.task]
    points = plot_points(target, scores, {}, config)
    return {name: set(rows[0]) if rows else {"feature", "loss", "spread"} for name, rows in points.items()}


def test_the_stages_are_those_of_the_entry_point() -> None:
    assert tuple(FILE["stages"]) == STAGES
    for name, stage in FILE["stages"].items():
        assert stage["foreach"] == "${models}"
        assert stage["do"]["cmd"].startswith(f"bin/pipeline {name} ${{key}}")


def test_a_stage_names_only_keys_that_every_model_has() -> None:
    required = {name for name, field in ModelConfig.model_fields.items() if field.is_required()}
    for name, stage in FILE["stages"].items():
        (keys,) = stage["do"]["params"][0].values()
        assert set(keys or ()) <= required, name


@pytest.mark.parametrize("model", MODELS)
def test_the_models_are_there_and_their_code_is_named(model: str) -> None:
    assert load_model(ROOT / "include" / "models" / model).name == model
    assert (ROOT / MODELS[model]["deliveries"]).is_dir()
    for stage in FILE["stages"].values():
        named = [path for path in stage["do"]["deps"] if "$" not in path]
        assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("model", MODELS)
def test_every_plot_of_a_model_is_listed(model: str) -> None:
    listed: dict[str, set[str]] = {}
    for entry in FILE["plots"]:
        (plot,) = entry.values()
        ((path, columns),) = plot["y"].items()
        folder, _, name = path.rpartition("/plots/")
        if folder == f"pipelines/{model}":
            listed[name.removesuffix(".json")] = {
                plot["x"],
                *([columns] if isinstance(columns, str) else columns),
            }
    there = made(model)
    assert set(listed) == set(there), "add or remove entries of `plots` in dvc.yaml"
    for name, columns in listed.items():
        assert columns <= there[name], name


def test_templates_that_are_our_own_are_there() -> None:
    own = {
        plot["template"]
        for entry in FILE["plots"]
        for plot in entry.values()
        if "_by_class" in plot["template"]
    }
    assert own == {path.stem for path in (ROOT / ".dvc" / "plots").iterdir()}
