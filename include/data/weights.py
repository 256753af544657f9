"""How much each row counts: the column that ``weight`` names.

A weight says how many rows one stands for, so a row of weight 0 is none: it is not learned from and no
metric counts it. Scores are given to every row, whatever its weight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.data.arrow_numpy import to_numpy
from include.errors import DataError
from include.names import shown

if TYPE_CHECKING:
    import pyarrow as pa

    from include.config.schema import ModelConfig


def read_weights(table: pa.Table, config: ModelConfig, where: str) -> np.ndarray | None:
    """Return the weight of each row, float64 of shape (n,), 0 or more; None where rows have none.

    :param table: rows with the column of the weight, where the configuration names one.
    :param config: the model's configuration.
    :param where: what the rows are, for messages: ``features of 2005-04-30``.
    :raises DataError: a weight is missing, negative or infinite, or there is none above 0.
    """
    return (
        None
        if config.weight is None
        else check_weights(table[config.weight.column], config.weight.column, where)
    )


def check_weights(column: pa.ChunkedArray, name: str, where: str) -> np.ndarray:
    """Return weights as they are written, float64 of shape (n,), 0 or more.

    :param column: the weights.
    :param name: the name of their column.
    :param where: what the rows are, for messages.
    :raises DataError: as :func:`read_weights`.
    """
    values = to_numpy(column.drop_null())
    wrong = {
        "missing": column.null_count + int(np.isnan(values).sum()),
        "negative": int((values < 0).sum()),
        "infinite": int(np.isinf(values).sum()),
    }
    if any(wrong.values()):
        found = ", ".join(f"{count} {kind}" for kind, count in wrong.items() if count)
        raise DataError(
            f"{where}: {found} of {len(column)} weights in {shown(name)}: expected a finite number of 0 or "
            "more in every row, where 0 leaves a row out; validate this partition and ask for it again"
        )
    if len(values) and not values.any():
        raise DataError(
            f"{where}: all {len(values)} weights in {shown(name)} are 0: expected one above 0, or nothing is "
            "left to learn from or to measure; ask for a corrected delivery, or remove weight from model.yaml"
        )
    return values


def relative_weights(weights: np.ndarray) -> np.ndarray:
    """Return weights as multiples of their mean: what they are measured in makes no difference.

    :param weights: above 0, float64 of shape (n,), at least one.
    """
    scaled = weights / weights.max()  # a sum of large ones would be infinite
    found: np.ndarray = scaled * (len(scaled) / scaled.sum())
    return found


def weigh_mean(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the mean of a value per row.

    :param values: float64 of shape (n,).
    :param weights: how much each row counts, of shape (n,).
    """
    return float((values * weights).sum() / weights.sum())


def count_equivalent(weights: np.ndarray) -> float:
    """Return how many rows of equal weight would say as much (Kish 1965, "Survey Sampling", 8.2).

    :param weights: 0 or more, float64 of shape (n,); 0 where none is above 0.
    """
    most = float(weights.max(initial=0.0))
    if not most:
        return 0.0
    scaled = weights / most
    return float(scaled.sum()) ** 2 / float((scaled**2).sum())
