"""Targets that are numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from include.data.arrow_numpy import to_arrow, to_numpy
from include.data.targets.base import TargetKind
from include.data.weights import weigh_mean
from include.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

    from include.config.schema import ModelConfig


def _read(column: pa.ChunkedArray | pa.Array, _: ModelConfig) -> np.ndarray:
    values = to_numpy(column)
    endless = int((~np.isfinite(values)).sum())
    if endless:
        raise DataError(f"{endless} of {len(values)} are not finite numbers")
    return values


def _describe(values: np.ndarray, config: ModelConfig, weights: np.ndarray | None = None) -> dict[str, Any]:
    if not len(values):
        return {}
    asked = [0.5, config.target.quantile]
    if weights is None:
        mean, deviation = float(values.mean()), float(values.std())
        middle, quantile = np.quantile(values, asked).tolist()
    else:
        mean = weigh_mean(values, weights)
        deviation = weigh_mean((values - mean) ** 2, weights) ** 0.5
        middle, quantile = np.quantile(values, asked, weights=weights, method="inverted_cdf").tolist()
    return {
        "mean": mean,
        "deviation": deviation,
        "median": middle,
        "quantile": quantile,
        "lowest": float(values.min()),
        "highest": float(values.max()),
    }


REGRESSION = TargetKind(
    name="regression",
    read=_read,
    write=lambda values, _: to_arrow(values),
    classes=lambda _: (),
    describe=_describe,
)
