"""Midpoints of the bins between edges, and mean and standard deviation from counts."""

from __future__ import annotations

import numpy as np

_TAIL = 0.01  # share of the values beyond either end of what is called their span


def find_midpoints(edges: np.ndarray) -> np.ndarray:
    """Return the number that stands for each bin of a column of numbers, but that of the missing.

    An edge stands for itself, the middle of an interval for the interval, and the smallest and the largest
    edge for what lies beyond them, the infinite too.

    :param edges: increasing finite numbers, shape (k,).
    :return: float64 of shape (2 * k + 3,).
    """
    midpoints = np.zeros(2 * len(edges) + 3)
    if len(edges):
        bounds = np.concatenate([edges[:1], edges, edges[-1:]])
        midpoints[0::2] = bounds
        midpoints[1::2] = _find_middles(bounds)
    return midpoints


def _find_middles(bounds: np.ndarray) -> np.ndarray:
    """Return the middle between each number and the next, where neither sum nor difference leave float64.

    :param bounds: increasing finite numbers, shape (k,).
    """
    low, high = bounds[:-1], bounds[1:]
    apart = (low < 0) & (high > 0)  # of two signs a sum can't overflow, of one the difference can't
    with np.errstate(over="ignore"):
        return np.asarray(np.where(apart, (low + high) / 2, low + (high - low) / 2))


def standardise(edges: np.ndarray) -> np.ndarray:
    """Return the edges on a scale from 0 to 1, so that no square and no sum leaves float64.

    Scaled by a power of two, which costs no digit, before anything is subtracted: so edges that differ in
    their last digits alone keep their distances, and the smallest numbers there are keep theirs.

    :param edges: increasing finite numbers, shape (k,).
    :return: float64 of shape (k,); zeros where there is one edge only.
    """
    if not len(edges):
        return edges
    _, exponent = np.frexp(np.abs(edges).max())
    with np.errstate(under="ignore"):
        scaled = np.ldexp(edges, -int(exponent))
        scaled = scaled - scaled[0]
        return np.asarray(scaled / scaled[-1]) if scaled[-1] > 0 else np.zeros(len(scaled))


def values_mean(counts: np.ndarray, midpoints: np.ndarray) -> np.ndarray:
    """Return the mean of the values that are not missing; 0 where there are none.

    :param counts: shape (..., bins).
    :param midpoints: what :func:`find_midpoints` returned.
    """
    rows = counts[..., 1:].sum(axis=-1)
    return np.asarray(counts[..., 1:] @ midpoints / np.where(rows > 0, rows, 1))


def central_span(counts: np.ndarray, midpoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the two ends of what the middle 98 % of the values span, which no outlier moves.

    Where these are all the same it is what all of them span, or any shift would be a share of nothing.

    :param counts: shape (..., bins).
    :param midpoints: what :func:`find_midpoints` returned.
    :return: both of shape (...); equal where there are no values.
    """
    rows = counts[..., 1:].sum(axis=-1, keepdims=True)
    below = np.cumsum(counts[..., 1:], axis=-1) / np.where(rows > 0, rows, 1)
    low, high = ((below >= share).argmax(axis=-1) for share in (_TAIL, 1 - _TAIL))
    first, last = (below > 0).argmax(axis=-1), (below >= below[..., -1:]).argmax(axis=-1)
    same = midpoints[low] == midpoints[high]
    return midpoints[np.where(same, first, low)], midpoints[np.where(same, last, high)]


def relative_deviation(counts: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the standard deviation as a part of the distance from the smallest edge to the largest.

    In two passes (Chan, Golub and LeVeque 1983): subtracting squares would lose the digits where one value
    lies far from all others.

    :param counts: shape (..., bins).
    :param edges: what :func:`standardise` returned, one at least.
    """
    midpoints = find_midpoints(edges)
    apart = midpoints - values_mean(counts, midpoints)[..., None]
    rows = counts[..., 1:].sum(axis=-1)
    squares = (counts[..., 1:] * apart**2).sum(axis=-1)
    return np.asarray(np.sqrt(squares / np.where(rows > 0, rows, 1)))
