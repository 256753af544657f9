"""How far two counts of a column lie apart: one function for each statistic, all with one signature.

Every function takes the counts of the reference and of a batch in the places of the same column, int64 or
float64 of shape (..., places), and returns float64 of shape (...): many pairs are measured at once where the
null distributions are made. It is 0 where one of the two holds no value. Names, meanings and sources are in
:mod:`include.config.drift_statistics`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.drift_statistics import MEAN_SHIFT, MISSING_SHARE, STATISTICS
from include.errors import ConfigError
from include.monitoring.histogram.binning import NumericColumn
from include.monitoring.histogram.moments import locate, relative_deviation, standardise, values_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from include.monitoring.histogram.binning import Column

    Measure = Callable[[np.ndarray, np.ndarray, Column], np.ndarray]

_GROUPS = 10  # of numbers, about equal in mass: the custom for PSI
_MASS_POINT = 0.05  # share of the reference from which a place is a group of its own
_PRIOR = 0.5  # rows that are added to each group (Jeffreys' prior)


def measure(name: str, reference: np.ndarray, counts: np.ndarray, column: Column) -> float:
    """Measure how far a batch lies from the reference.

    :param name: name of a statistic.
    :param reference: counts of the reference, shape (places,).
    :param counts: counts of the batch, shape (places,).
    :param column: the places.
    :raises ConfigError: when the name is unknown or its statistic is not for this kind of column.
    """
    return float(find_measure(name, column)(reference, counts, column))


def find_measure(name: str, column: Column) -> Measure:
    """Return the function of a statistic; parameters and errors as :func:`measure`."""
    if name not in MEASURES:
        raise ConfigError(f"unknown statistic of drift {name!r}; known: {', '.join(sorted(MEASURES))}")
    kind = "numeric" if isinstance(column, NumericColumn) else "categorical"
    if STATISTICS[name].kinds and kind not in STATISTICS[name].kinds:
        raise ConfigError(f"the statistic {name!r} is not for a {kind} column: choose another one")
    return MEASURES[name]


def ks(reference: np.ndarray, counts: np.ndarray, _column: Column) -> np.ndarray:
    """Kolmogorov and Smirnov's D: the largest difference of the distribution functions.

    Both functions are known exactly at both sides of every edge, so D is below that of all single values by
    the mass of one interval of one sample at most (about 1/1,000).
    """
    import numpy as np

    steps = _shares(reference[..., 1:])
    steps = steps - _shares(counts[..., 1:])
    np.cumsum(steps, axis=-1, out=steps)
    apart = np.maximum(steps.max(axis=-1), -steps.min(axis=-1))
    return np.where(_both(reference, counts), apart, 0.0)


def psi(reference: np.ndarray, counts: np.ndarray, column: Column) -> np.ndarray:
    """Population stability index: the sum of (q - p) ln(q / p) over groups.

    Numbers are pooled into about ten groups of equal mass, and a value that many rows share (a mass point)
    is a group of its own, or a change from zero to something would stay within one group. The share that
    half a row has in the smaller sample is added to every group of both, so that an empty group has a
    logarithm and one that is empty in both counts nothing.
    """
    import numpy as np

    p, q = (_pool(part, reference, column) for part in (reference, counts))
    smaller = np.minimum(p.sum(axis=-1, keepdims=True), q.sum(axis=-1, keepdims=True))
    prior = _PRIOR / np.maximum(smaller, _PRIOR)
    p, q = ((_shares(part) + prior) / (1 + part.shape[-1] * prior) for part in (p, q))
    return np.where(_both(reference, counts), ((q - p) * np.log(q / p)).sum(axis=-1), 0.0)


def jensen_shannon(reference: np.ndarray, counts: np.ndarray, column: Column) -> np.ndarray:
    """Jensen and Shannon's distance: the root of their divergence in bits, over the groups of :func:`psi`."""
    import numpy as np

    p, q = (_shares(part) for part in (_pool(reference, reference, column), _pool(counts, reference, column)))
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = sum(np.where(part > 0, part * np.log2(part / middle), 0.0).sum(axis=-1) for part in (p, q))
    return np.where(_both(reference, counts), np.sqrt(np.clip(bits / 2, 0.0, 1.0)), 0.0)


def wasserstein(reference: np.ndarray, counts: np.ndarray, column: Column) -> np.ndarray:
    """Area between the distribution functions, in standard deviations of the reference.

    Within an interval both functions are taken as straight lines. Nothing is known of values beyond the
    training data's smallest and largest but that they lie beyond: they count as lying there.
    """
    import numpy as np

    if not isinstance(column, NumericColumn) or len(column.edges) < 2:  # noqa: PLR2004 (an interval has two ends)
        return np.zeros(np.broadcast_shapes(reference.shape[:-1], counts.shape[:-1]))
    steps = _shares(counts[..., 1:]) - _shares(reference[..., 1:])
    apart = np.cumsum(steps, axis=-1)
    # After place -inf come interval, edge, interval ... : at 2, 4 ... an edge is included, at 3, 5 ... the
    # interval behind it.
    left, right = apart[..., 2:-3:2], apart[..., 3:-2:2]
    total = np.abs(left) + np.abs(right)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = np.where(total > 0, (left**2 + right**2) / (2 * total), 0.0)
    height = np.where(left * right < 0, crossing, total / 2)
    edges = standardise(column)
    area = (height * np.diff(edges)).sum(axis=-1)
    scale = relative_deviation(reference, edges)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(_both(reference, counts) & (scale > 0), area / scale, 0.0)


def chi_square(reference: np.ndarray, counts: np.ndarray, _column: Column) -> np.ndarray:
    """Cramer's V of the table of two samples by category, with both samples weighing the same.

    V is the root of chi-square over the number of rows. With unequal samples it would shrink with the
    batch, so the shares are compared: the root of half the sum of (p - q)^2 / (p + q).
    """
    import numpy as np

    p, q = _shares(reference[..., 1:]), _shares(counts[..., 1:])
    with np.errstate(divide="ignore", invalid="ignore"):
        cells = np.where(p + q > 0, (p - q) ** 2 / (p + q), 0.0)
    return np.where(_both(reference, counts), np.sqrt(cells.sum(axis=-1) / 2), 0.0)


def missing_share(reference: np.ndarray, counts: np.ndarray, _column: Column) -> np.ndarray:
    """Return the change of the share of missing values."""
    import numpy as np

    before, now = (part[..., 0] / np.maximum(part.sum(axis=-1), 1) for part in (reference, counts))
    return np.asarray(np.abs(now - before))


def mean_shift(reference: np.ndarray, counts: np.ndarray, column: Column) -> np.ndarray:
    """Return the change of the mean, without its sign."""
    import numpy as np

    if not isinstance(column, NumericColumn):
        return np.zeros(np.broadcast_shapes(reference.shape[:-1], counts.shape[:-1]))
    places = locate(column)
    moved = values_mean(counts, places) - values_mean(reference, places)
    return np.where(_both(reference, counts), np.abs(moved), 0.0)


MEASURES: dict[str, Measure] = {
    "ks": ks,
    "psi": psi,
    "jensen_shannon": jensen_shannon,
    "wasserstein": wasserstein,
    "chi_square": chi_square,
    MISSING_SHARE: missing_share,
    MEAN_SHIFT: mean_shift,
}


def _shares(counts: np.ndarray) -> np.ndarray:
    """Return counts as shares of their sum; zeros where the sum is 0."""
    import numpy as np

    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(counts / np.where(total > 0, total, 1))


def _both(reference: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Tell whether both hold a value that is not missing."""
    import numpy as np

    return np.asarray((reference[..., 1:].sum(axis=-1) > 0) & (counts[..., 1:].sum(axis=-1) > 0))


def _pool(counts: np.ndarray, reference: np.ndarray, column: Column) -> np.ndarray:
    """Add places up to groups, settled on the reference; the missing are left out."""
    import numpy as np

    if not isinstance(column, NumericColumn):
        return counts[..., 1:]
    whole = reference[..., 1:].reshape(-1, reference.shape[-1] - 1).sum(axis=0)
    share = whole / max(whole.sum(), 1)
    decile = ((np.cumsum(share) - share / 2) * _GROUPS).astype(np.int64)
    heavy = share >= _MASS_POINT
    starts = np.ones(len(share), dtype=bool)
    starts[1:] = (np.diff(decile) != 0) | heavy[1:] | heavy[:-1]
    pooled: np.ndarray = np.add.reduceat(counts[..., 1:], np.flatnonzero(starts), axis=-1)
    return pooled
