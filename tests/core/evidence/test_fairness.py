"""Fairness ratios need fairlearn, which is optional: this environment does not have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from include.errors import ConfigError
from include.evidence import fairness
from include.evidence.fairness import measure_fairness

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core


def test_a_missing_library_is_named_with_the_command_that_installs_it(
    make_config: Callable[..., ModelConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fairness.importlib.util, "find_spec", lambda name: None)
    table = pa.table({"sex": ["1", "2"]})
    with pytest.raises(ConfigError, match=r"pip install -r requirements-card\.txt"):
        measure_fairness(make_config(sensitive={"sex": {}}), np.array([0, 1]), np.array([0.1, 0.9]), table)


def test_a_model_without_sensitive_attributes_needs_none(make_config: Callable[..., ModelConfig]) -> None:
    found = measure_fairness(make_config(sensitive={}), np.array([0]), np.array([0.1]), pa.table({}))
    assert found == {"library": None, "decided_by": None, "attributes": {}}
