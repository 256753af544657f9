"""The rows that a loss model learns from and is asked about, as numbers, and sums over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def mean(values: np.ndarray, weights: np.ndarray | None, axis: int = 0) -> Any:
    """Return the mean over the rows, which lie along an axis, by their weight where they have one."""
    return values.mean(axis=axis) if weights is None else np.average(values, axis=axis, weights=weights)


def ask(forest: Any, rows: np.ndarray) -> np.ndarray:
    """Return what a forest expects of each row and metric, of shape (n, m)."""
    found: np.ndarray = forest.predict(rows)
    return found.reshape(len(rows), -1)


def texts(features: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that are no numbers."""
    return features.select_dtypes(exclude="number")


def encode(encoder: Any, features: pd.DataFrame, predictions: np.ndarray) -> np.ndarray:
    """Return features and prediction as numbers of shape (n, features + 1): NaN where one is missing."""
    numbers = features.select_dtypes("number").to_numpy(dtype=np.float64)
    parts = [numbers, np.asarray(predictions, dtype=np.float64)[:, None]]
    if encoder is not None:
        parts.append(encoder.transform(texts(features)))
    rows: np.ndarray = np.column_stack(parts)
    # Trees compare as float32: what it can't hold lies beyond every other value.
    limit = float(np.finfo(np.float32).max)
    kept: np.ndarray = np.clip(rows, -limit, limit)
    return kept
