"""The example model's configuration, changed where a test asks for it."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from include.config.schema import ModelConfig

EXAMPLE = Path(__file__).parents[2] / "include" / "models" / "credit_risk" / "model.yaml"


def make_config(**changes: Any) -> ModelConfig:
    """Build the configuration of ``credit_risk`` with some keys changed.

    ``make_config(window={"min_rows": 10}, gate={"slices": {"min_rows": 5}})``: mappings are merged key by
    key, anything else replaces what was there.
    """
    return ModelConfig.model_validate(_merge(deepcopy(_content()), changes))


@cache
def _content() -> dict[str, Any]:
    return dict(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))


def _merge(content: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    for key, value in changes.items():
        if isinstance(value, dict) and value and isinstance(content.get(key), dict):
            _merge(content[key], value)
        else:
            content[key] = value
    return content
