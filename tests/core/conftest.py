"""What the tests of the core share: the example model's configuration, changed where a test asks for it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from include.config.schema import ModelConfig

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLE = Path(__file__).parents[2] / "include" / "models" / "credit_risk" / "model.yaml"


@pytest.fixture(scope="session")
def make_config() -> Callable[..., ModelConfig]:
    """Return a function that builds the configuration of ``credit_risk`` with some keys changed.

    ``make_config(window={"min_rows": 10}, gate={"slices": {"min_rows": 5}})``: mappings are merged key by
    key, anything else replaces what was there.
    """
    content = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))

    def make(**changes: Any) -> ModelConfig:
        return ModelConfig.model_validate(_merge(deepcopy(content), changes))

    return make


def _merge(content: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    for key, value in changes.items():
        if isinstance(value, dict) and value and isinstance(content.get(key), dict):
            _merge(content[key], value)
        else:
            content[key] = value
    return content
