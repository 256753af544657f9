"""Weights of rows in a stream: shares of the heaviest one, whole multiples of 2^-30.

So their sums are integers, the same in any order, and two streams of one plan add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.errors import DataError
from include.evaluation.streaming.fixed_point import to_units

if TYPE_CHECKING:
    from include.evaluation.streaming.plan import Chunk, Plan

WEIGHT_UNIT = 2.0**-30
"""What a unit is worth, where the heaviest row weighs 1; of a square as well."""


def shares_of_heaviest(chunk: Chunk, plan: Plan) -> np.ndarray | None:
    """Return the weight of each row as a share of the heaviest row's, float64 of shape (m,).

    :param chunk: the rows.
    :param plan: what is measured.
    :return: None where all rows count the same.
    :raises DataError: rows have weights where the plan knows of none, or none where it does, or heavier ones.
    """
    if plan.heaviest is None and chunk.weights is None:
        return None
    if plan.heaviest is None or chunk.weights is None:
        raise DataError("rows with and without weights don't add up: give each chunk weights, and the plan")
    shares: np.ndarray = chunk.weights / plan.heaviest
    if len(shares) and not (shares.min() >= 0 and shares.max() <= 1):
        raise DataError(f"a weight is not between 0 and {plan.heaviest:g}, the heaviest that the plan knows")
    return shares


def weight_units(shares: np.ndarray) -> np.ndarray:
    """Return weights in whole units, int64 of shape (m,).

    :param shares: of the heaviest row's weight, or their squares.
    """
    return to_units(shares, WEIGHT_UNIT).astype(np.int64)


def equivalent_counts(weights: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Return how many rows of equal weight would say as much, of the same shape; 0 where nothing weighs.

    :param weights: sums of weights.
    :param squares: sums of their squares.
    """
    found: np.ndarray = np.divide(weights**2, squares, out=np.zeros(np.shape(weights)), where=squares > 0)
    return found
