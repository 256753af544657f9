"""How far two counts of a column lie apart: one entry for each statistic, all with one signature.

Every function takes the counts of the reference and of a batch in the same bins, int64 or float64 of shape
(..., bins), and returns float64 of shape (...): many pairs are measured at once where the null distributions
are made. It is 0 where one of the two holds no value. Names, meanings and sources are in
:mod:`include.config.drift_statistics`, under the same names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from include.config.drift_statistics import MEAN_SHIFT, MISSING_SHARE, SPAN_SHIFT, STATISTICS
from include.errors import ConfigError
from include.monitoring.histogram.moments import central_span, relative_deviation, standardise, values_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.monitoring.histogram.binning import Bins
    from include.monitoring.histogram.numeric_bins import NumericBins

    # Any bins whose kind is among the statistic's kinds: find_distance sees to that.
    Measure = Callable[[np.ndarray, np.ndarray, Any], np.ndarray]

_PRIOR = 0.5  # rows that are added to each group (Jeffreys' prior)


@dataclass(frozen=True, kw_only=True)
class Linear:
    """A statistic of numbers as the size of a difference of two vectors, each linear in the shares of rows.

    Null distributions of such a statistic need no counts of a whole batch: the vectors of a few drawn rows
    are scaled (:mod:`include.monitoring.null.simulate`).

    :param describe: returns the vector of counts of shape (repeats, bins), given these and the midpoints.
    :param measure: returns the size, shape (repeats,), of a difference of two vectors.
    """

    describe: Callable[[np.ndarray, np.ndarray], np.ndarray]
    measure: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How a statistic is computed.

    :param measure: its function.
    :param linear: the same in two steps, where that is possible; its null distributions are then made in a
        quarter of the time.
    :param is_distribution_free: whether, for independent rows, its null distribution is the same for every
        continuous column without missing values.
    """

    measure: Measure
    linear: Linear | None = None
    is_distribution_free: bool = False


def measure(name: str, reference: np.ndarray, counts: np.ndarray, bins: Bins) -> float:
    """Measure how far a batch lies from the reference.

    :param name: name of a statistic.
    :param reference: counts of the reference, shape (bins,).
    :param counts: counts of the batch, shape (bins,).
    :param bins: the column's bins.
    :raises ConfigError: when the name is unknown or its statistic is not for this kind of column.
    """
    return float(find_distance(name, bins).measure(reference, counts, bins))


def find_distance(name: str, bins: Bins) -> Distance:
    """Return how a statistic is computed; parameters and errors as for :func:`measure`."""
    if name not in DISTANCES:
        raise ConfigError(f"unknown statistic of drift {name!r}; known: {', '.join(sorted(DISTANCES))}")
    if bins.kind not in STATISTICS[name].kinds:
        raise ConfigError(f"the statistic {name!r} is not for a {bins.kind} column: choose another one")
    return DISTANCES[name]


def count_rows(name: str, counts: np.ndarray) -> np.ndarray:
    """Return the rows that a statistic is taken of: those with a value, or all.

    :param name: name of a statistic.
    :param counts: shape (..., bins).
    """
    first = 0 if STATISTICS[name].counts_missing else 1
    return np.asarray(counts[..., first:].sum(axis=-1))


def ks(reference: np.ndarray, counts: np.ndarray, _bins: Bins) -> np.ndarray:
    """Kolmogorov and Smirnov's D: the largest difference of the distribution functions.

    Both functions are known exactly at both sides of every edge, so D is below that of all single values by
    the mass of one interval of one sample at most (about 1/1,000).
    """
    steps = _shares(reference[..., 1:])
    steps = steps - _shares(counts[..., 1:])
    np.cumsum(steps, axis=-1, out=steps)
    return np.where(_both(reference, counts), _largest(steps), 0.0)


def psi(reference: np.ndarray, counts: np.ndarray, bins: Bins) -> np.ndarray:
    """Population stability index: the sum of (q - p) ln(q / p) over groups.

    The share that half a row has in the smaller sample is added to every group of both, so that an empty
    group has a logarithm and one that is empty in both counts nothing.
    """
    p, q = (bins.pool(part, reference) for part in (reference, counts))
    smaller = np.minimum(p.sum(axis=-1, keepdims=True), q.sum(axis=-1, keepdims=True))
    prior = _PRIOR / np.maximum(smaller, _PRIOR)
    p, q = ((_shares(part) + prior) / (1 + part.shape[-1] * prior) for part in (p, q))
    return np.where(_both(reference, counts), ((q - p) * np.log(q / p)).sum(axis=-1), 0.0)


def jensen_shannon(reference: np.ndarray, counts: np.ndarray, bins: Bins) -> np.ndarray:
    """Jensen and Shannon's distance: the root of their divergence in bits, over the groups of :func:`psi`."""
    p, q = (_shares(bins.pool(part, reference)) for part in (reference, counts))
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = sum(np.where(part > 0, part * np.log2(part / middle), 0.0).sum(axis=-1) for part in (p, q))
    return np.where(_both(reference, counts), np.sqrt(np.clip(bits / 2, 0.0, 1.0)), 0.0)


def wasserstein(reference: np.ndarray, counts: np.ndarray, bins: NumericBins) -> np.ndarray:
    """Area between the distribution functions, in standard deviations of the reference.

    Within an interval both functions are taken as straight lines. Nothing is known of values beyond the
    training data's smallest and largest but that they lie beyond: they count as lying there.
    """
    if len(bins.edges) < 2:  # noqa: PLR2004 (an interval has two ends)
        return np.zeros(np.broadcast_shapes(reference.shape[:-1], counts.shape[:-1]))
    steps = _shares(counts[..., 1:]) - _shares(reference[..., 1:])
    apart = np.cumsum(steps, axis=-1)
    # After the bin of -inf come interval, edge, interval ...: at 2, 4 ... an edge is included, at 3, 5 ...
    # the interval behind it.
    left, right = apart[..., 2:-3:2], apart[..., 3:-2:2]
    total = np.abs(left) + np.abs(right)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = np.where(total > 0, (left**2 + right**2) / (2 * total), 0.0)
    height = np.where(left * right < 0, crossing, total / 2)
    edges = standardise(bins.edges)
    area = (height * np.diff(edges)).sum(axis=-1)
    scale = relative_deviation(reference, edges)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(_both(reference, counts) & (scale > 0), area / scale, 0.0)


def chi_square(reference: np.ndarray, counts: np.ndarray, _bins: Bins) -> np.ndarray:
    """Cramer's V of the table of two samples by category, with both samples weighing the same.

    V is the root of chi-square over the number of rows. With unequal samples it would shrink with the
    batch, so the shares are compared: the root of half the sum of (p - q)^2 / (p + q).
    """
    p, q = _shares(reference[..., 1:]), _shares(counts[..., 1:])
    with np.errstate(divide="ignore", invalid="ignore"):
        cells = np.where(p + q > 0, (p - q) ** 2 / (p + q), 0.0)
    return np.where(_both(reference, counts), np.sqrt(cells.sum(axis=-1) / 2), 0.0)


def missing_share(reference: np.ndarray, counts: np.ndarray, _bins: Bins) -> np.ndarray:
    """Return the change of the share of missing values."""
    before, now = (part[..., 0] / np.maximum(part.sum(axis=-1), 1) for part in (reference, counts))
    return np.asarray(np.abs(now - before))


def mean_shift(reference: np.ndarray, counts: np.ndarray, bins: NumericBins) -> np.ndarray:
    """Return the change of the mean, without its sign."""
    shift = values_mean(counts, bins.midpoints) - values_mean(reference, bins.midpoints)
    return np.where(_both(reference, counts), np.abs(shift), 0.0)


def span_shift(reference: np.ndarray, counts: np.ndarray, bins: NumericBins) -> np.ndarray:
    """Return the change of the mean as a share of what the middle 98 % of the reference span."""
    low, high = central_span(reference, bins.midpoints)
    span, shift = high - low, mean_shift(reference, counts, bins)
    return np.where(span > 0, shift / np.where(span > 0, span, 1.0), 0.0)


def _largest(differences: np.ndarray) -> np.ndarray:
    """Return the largest difference of two distribution functions, whatever its sign."""
    return np.asarray(np.maximum(differences.max(axis=-1), -differences.min(axis=-1)))


def _distribution_function(counts: np.ndarray, _midpoints: np.ndarray) -> np.ndarray:
    """Return the share of rows in each bin and those before it; NaN where no row has a value."""
    sums: np.ndarray = np.cumsum(counts[:, 1:], axis=1, dtype=np.float64)
    sums /= _filled(counts)[:, None]
    return sums


def _missing(counts: np.ndarray, _midpoints: np.ndarray) -> np.ndarray:
    """Return the share of missing values."""
    return np.asarray(counts[:, 0] / counts.sum(axis=1))


def _mean(counts: np.ndarray, midpoints: np.ndarray) -> np.ndarray:
    """Return the mean of the values; NaN where no row has one."""
    return np.asarray(counts[:, 1:] @ midpoints / _filled(counts))


def _filled(counts: np.ndarray) -> np.ndarray:
    """Return the rows with a value; NaN for none, for which every statistic is 0."""
    filled: np.ndarray = (counts.sum(axis=1) - counts[:, 0]).astype(np.float64)
    filled[filled == 0] = np.nan
    return filled


# A new statistic is a function above, an entry here, and one in include.config.drift_statistics.
DISTANCES: dict[str, Distance] = {
    "ks": Distance(
        measure=ks,
        linear=Linear(describe=_distribution_function, measure=_largest),
        is_distribution_free=True,  # Kolmogorov 1933
    ),
    "psi": Distance(measure=psi),
    "jensen_shannon": Distance(measure=jensen_shannon),
    "wasserstein": Distance(measure=wasserstein),
    "chi_square": Distance(measure=chi_square),
    MISSING_SHARE: Distance(
        measure=missing_share, linear=Linear(describe=_missing, measure=np.abs), is_distribution_free=True
    ),
    MEAN_SHIFT: Distance(measure=mean_shift, linear=Linear(describe=_mean, measure=np.abs)),
    SPAN_SHIFT: Distance(measure=span_shift),
}


def _shares(counts: np.ndarray) -> np.ndarray:
    """Return counts as shares of their sum; zeros where the sum is 0."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(counts / np.where(total > 0, total, 1))


def _both(reference: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Tell whether both hold a value that is not missing."""
    return np.asarray((reference[..., 1:].sum(axis=-1) > 0) & (counts[..., 1:].sum(axis=-1) > 0))
