"""A small test set, a model that was fitted on its like, and its golden requests."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from include.serving.golden import GoldenRequests, record_golden
from include.training.fit import fit
from include.training.frame import Frame, load_frame
from include.training.predict import predict_scores
from tests.world.model_config import EXAMPLE, make_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig


@pytest.fixture(scope="session")
def config() -> ModelConfig:
    return make_config(estimator={"parameters": {"max_iter": 15, "max_leaf_nodes": 7}})


@pytest.fixture(scope="session")
def frame(
    config: ModelConfig, write_rows: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Frame:
    return load_frame(write_rows(tmp_path_factory.mktemp("golden") / "test.parquet"), config)


@pytest.fixture(scope="session")
def model(
    config: ModelConfig, write_rows: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Any:
    spec = importlib.util.spec_from_file_location("estimator", EXAMPLE.with_name("estimator.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    train = write_rows(tmp_path_factory.mktemp("golden") / "train.parquet", seed=1)
    return fit(train, config, module.build(config)).model


@pytest.fixture(scope="session")
def golden(model: Any, frame: Frame, config: ModelConfig) -> GoldenRequests:
    return record_golden(model, frame, predict_scores(model, frame.features, config), config)
