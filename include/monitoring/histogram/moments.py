"""Mean and standard deviation of a numeric column from its counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from include.monitoring.histogram.binning import NumericColumn


def locate(column: NumericColumn) -> np.ndarray:
    """Return the number that stands for each place but the missing: float64 of shape (places - 1,).

    An edge stands for itself, the middle of an interval for the interval, and the smallest and the largest
    edge for what lies beyond them, the infinite too.

    :param column: the places.
    """
    import numpy as np

    return _locate(column.edges) if len(column.edges) else np.zeros(column.size - 1)


def _locate(edges: np.ndarray) -> np.ndarray:
    """Return the number for each place between and at edges, one edge at least."""
    import numpy as np

    marks = np.concatenate([edges[:1], edges, edges[-1:]])
    places = np.empty(2 * len(edges) + 3)
    places[0::2] = marks
    places[1::2] = _middles(marks)
    return places


def _middles(marks: np.ndarray) -> np.ndarray:
    """Return the middle between each number and the next, where neither sum nor way leave float64.

    :param marks: increasing finite numbers, shape (k,).
    """
    import numpy as np

    low, high = marks[:-1], marks[1:]
    apart = (low < 0) & (high > 0)  # of two signs a sum can't overflow, of one the difference can't
    with np.errstate(over="ignore"):
        return np.asarray(np.where(apart, (low + high) / 2, low + (high - low) / 2))


def standardise(column: NumericColumn) -> np.ndarray:
    """Return the edges on a scale from 0 to 1, so that no square and no sum leaves float64.

    Scaled by a power of two, which costs no digit, before anything is taken off: so edges that differ in
    their last digits alone keep their ways, and the smallest numbers there are keep theirs.

    :param column: the places.
    :return: float64 of shape (k,); zeros where there is one edge only.
    """
    import numpy as np

    if not len(column.edges):
        return column.edges
    _, exponent = np.frexp(np.abs(column.edges).max())
    with np.errstate(under="ignore"):
        scaled = np.ldexp(column.edges, -int(exponent))
        scaled = scaled - scaled[0]
        return np.asarray(scaled / scaled[-1]) if scaled[-1] > 0 else np.zeros(len(scaled))


def values_mean(counts: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the mean of the values that are not missing; 0 where there are none.

    :param counts: shape (..., places).
    :param places: what :func:`locate` returned.
    """
    import numpy as np

    rows = counts[..., 1:].sum(axis=-1)
    return np.asarray(counts[..., 1:] @ places / np.where(rows > 0, rows, 1))


def relative_deviation(counts: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the standard deviation in terms of the way from the smallest edge to the largest.

    In two passes (Chan, Golub and LeVeque 1983): squares taken off each other would lose the digits where one
    value lies far from all others.

    :param counts: shape (..., places).
    :param edges: what :func:`standardise` returned, one at least.
    """
    import numpy as np

    places = _locate(edges)
    apart = places - values_mean(counts, places)[..., None]
    rows = counts[..., 1:].sum(axis=-1)
    squares = (counts[..., 1:] * apart**2).sum(axis=-1)
    return np.asarray(np.sqrt(squares / np.where(rows > 0, rows, 1)))
