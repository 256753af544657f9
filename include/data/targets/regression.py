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
        "middle_share": _middle_share(values, weights),
        "quantile": quantile,
        "lowest": float(values.min()),
        "highest": float(values.max()),
    }


def _middle_share(values: np.ndarray, weights: np.ndarray | None) -> float:
    """Return the constant whose mean error as a share of the target is smallest; 0 where all targets are 0.

    It is the median in which each row counts by one over the size of its target.
    """
    known = values != 0
    if not known.any():
        return 0.0
    sizes = np.abs(values[known])
    shares = sizes.min() / sizes * (1.0 if weights is None else weights[known])
    return float(np.quantile(values[known], 0.5, weights=shares, method="inverted_cdf"))


REGRESSION = TargetKind(
    name="regression",
    read=_read,
    write=lambda values, _: to_arrow(values),
    classes=lambda _: (),
    describe=_describe,
)
