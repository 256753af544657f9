"""Sums that are the same in any order: whole multiples of a unit that is a power of two.

Sums of floating-point numbers depend in their last digits on the order, hence on chunks, workers and
partitions. Here each row's value is rounded to a multiple of a unit first, 2^-30 of the largest that occurs,
and what is added is integers. The rounding moves a mean by 5e-10 of the largest value at most.
"""

from __future__ import annotations

import math

import numpy as np

_BITS = 30


def fit_unit(most: float) -> float:
    """Return the unit for values up to some size: a power of two.

    :param most: the largest absolute value.
    """
    return math.ldexp(1.0, math.frexp(most)[1] - _BITS) if most > 0 else 1.0


def to_units(values: np.ndarray, unit: float) -> np.ndarray:
    """Return values in whole units, float64 of shape (m,).

    :param values: of shape (m,).
    :param unit: what :func:`fit_unit` returned.
    """
    units: np.ndarray = values * (1 / unit)
    np.rint(units, out=units)
    return units


def sum_units(places: np.ndarray, units: np.ndarray, size: int) -> np.ndarray:
    """Return exact sums by place, int64 of shape (size,).

    A float64 holds every integer up to 2^53, and at most :data:`include.evaluation.streaming.plan.MOST_ROWS`
    values below 2^30 are added here.

    :param places: place of each value, of shape (m,).
    :param units: values in whole units, of shape (m,).
    :param size: number of places.
    """
    return np.bincount(places, weights=units, minlength=size).astype(np.int64)


def to_total(units: np.ndarray) -> int:
    """Return the sum of units, an integer without limit.

    :param units: int64 of shape (k,).
    """
    return sum(units.tolist())
