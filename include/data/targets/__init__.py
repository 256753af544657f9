"""The target of each task, by the task's name: one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.targets.binary import BINARY
from include.data.targets.multiclass import MULTICLASS
from include.data.targets.regression import REGRESSION

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.targets.base import TargetKind

TARGETS: dict[str, TargetKind] = {kind.name: kind for kind in (BINARY, MULTICLASS, REGRESSION)}


def read_targets(column: pa.ChunkedArray | pa.Array, config: ModelConfig) -> np.ndarray:
    """Return a target column as numbers of shape (n,), as :attr:`TargetKind.read` describes.

    :param column: of a canonical snapshot or a frozen set, without missing values.
    :param config: the model's configuration.
    :raises DataError: a value has no meaning.
    """
    return TARGETS[config.task].read(column, config)
