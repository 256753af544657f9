"""Mean and standard deviation of a numeric column from its counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from include.monitoring.columns import NumericColumn


def locate(column: NumericColumn) -> np.ndarray:
    """Return the number that stands for each place but the missing: float64 of shape (places - 1,).

    An edge stands for itself, the middle of an interval for the interval, and the smallest and the largest
    edge for what lies beyond them, the infinite too.

    :param column: the places.
    """
    import numpy as np

    edges = column.edges
    if not len(edges):
        return np.zeros(column.size - 1)
    marks = np.concatenate([edges[:1], edges, edges[-1:]])
    places = np.empty(column.size - 1)
    places[0::2] = marks
    places[1::2] = (marks[1:] + marks[:-1]) / 2
    return places


def values_mean(counts: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the mean of the values that are not missing; 0 where there are none.

    :param counts: shape (..., places).
    :param places: what :func:`locate` returned.
    """
    import numpy as np

    rows = counts[..., 1:].sum(axis=-1)
    return np.asarray(counts[..., 1:] @ places / np.where(rows > 0, rows, 1))


def standard_deviation(counts: np.ndarray, column: NumericColumn) -> np.ndarray:
    """Return the standard deviation of the values that are not missing; 0 where there are none.

    :param counts: shape (..., places).
    :param column: the places.
    """
    import numpy as np

    places = locate(column)
    if not len(column.edges):
        return np.zeros(counts.shape[:-1])
    centred = places - np.median(places)
    spread = values_mean(counts, centred**2) - values_mean(counts, centred) ** 2
    return np.asarray(np.sqrt(np.clip(spread, 0.0, None)))
