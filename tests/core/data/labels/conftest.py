"""What the tests of labels share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.data.labels import open_labels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from include.config.schema import ModelConfig


@pytest.fixture
def of_april(config: ModelConfig) -> Callable[[dict[str, Path], str], Any]:
    """Return a function that tells the labels of April from deliveries, as of a day."""

    def ask(deliveries: dict[str, Path], as_of: str) -> Any:
        return open_labels({"labels": deliveries}, config, as_of).of("2005-04-30")

    return ask
