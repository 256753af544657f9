"""Targets of two classes: 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.data.arrow_numpy import to_arrow, to_numpy
from include.data.targets.base import TargetKind
from include.data.weights import weigh_mean
from include.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig

_SHOWN = 5


def _read(column: pa.ChunkedArray | pa.Array, _: ModelConfig) -> np.ndarray:
    values = to_numpy(column)
    unknown = (values != 0) & (values != 1)
    if unknown.any():
        raise DataError(
            f"{int(unknown.sum())} of {len(values)} are neither 0 nor 1 (found "
            f"{sorted(set(values[unknown].tolist()))[:_SHOWN]})"
        )
    return values


def _describe(values: np.ndarray, _: ModelConfig, weights: np.ndarray | None = None) -> dict[str, Any]:
    """The share by weight, which the counts that every record has don't tell."""
    return {} if weights is None else {"rate": weigh_mean(values, weights)}


BINARY = TargetKind(
    name="binary",
    read=_read,
    write=lambda values, _: to_arrow(values),
    classes=lambda config: (f"{config.target.column} = 0", f"{config.target.column} = 1"),
    describe=_describe,
)
