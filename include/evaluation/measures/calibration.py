"""The expected calibration error over bins of equal mass, without what noise alone adds to it.

After Nixon et al. (2019), "Measuring calibration in deep learning". The error is a mean of absolute values,
so that noise only ever adds to it: a calibrated model shows 0.03 on a thousand rows (Kumar, Liang and Ma
2019, "Verified uncertainty calibration"; Roelofs et al. 2022, "Mitigating bias in calibration error
estimation"). Each bin's surplus is therefore taken for a normal value whose absolute value was seen, and
the mean that would be seen like this on average takes its place. The interval ends above the error as it was
seen, since it is not certain that noise added to it. Where a chi-square test over the bins finds nothing but
noise, the model may be calibrated, and the interval begins at 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.evaluation.measures.base import Influence, Measure
from include.evaluation.scale import PLAIN
from include.rounding import ROUNDING

if TYPE_CHECKING:
    from include.evaluation.measures.scored import Scored

_BINS = 15
_LEVEL = 0.05  # of the test that finds a model not calibrated
_HALVINGS = 60
_CLEAR = 8.0  # standard errors from which noise adds nothing


def _influence(scored: Scored) -> Influence:
    """The bins are held fixed, and so is the side on which each of them errs."""
    ordered = scored.ordered
    scores, groups = scored.ordered_scores, scored.ordered_groups
    if (weights := scored.ordered_weights) is not None:
        return _weighted_influence(scored, weights)
    starts = _cut(scores)
    sizes = np.diff(starts, append=len(scored))
    surplus = scores - ordered.positive
    means = average_surplus(np.add.reduceat(surplus, starts), sizes)
    errors = _measure_errors(scores, surplus - np.repeat(means, sizes), groups, starts)
    found = weigh_bins(sizes, means, errors)
    rows = ordered.as_given(np.repeat(np.sign(means), sizes) * surplus - (found.value + found.noise))
    return Influence(value=found.value, rows=rows, noise=found.noise, indistinct=found.indistinct)


def _weighted_influence(scored: Scored, weights: np.ndarray) -> Influence:
    """The same with weights, in the order of the scores; the noise of a row grows with its weight."""
    scores, ordered = scored.ordered_scores, scored.ordered
    starts = _cut_by_weight(scores, weights)
    counts, sizes = np.diff(starts, append=len(scored)), np.add.reduceat(weights, starts)
    surplus = (scores - ordered.positive) * weights
    means = average_surplus(np.add.reduceat(surplus, starts), sizes)
    centred = surplus - np.repeat(means, counts) * weights
    found, expected = _variances(
        centred, scores * (1 - scores) * weights**2, scored.ordered_groups, starts, counts
    )
    result = weigh_bins(sizes, means, np.sqrt(np.maximum(found, expected)) / sizes)
    rows = np.repeat(np.sign(means), counts) * surplus - (result.value + result.noise) * weights
    return Influence(
        value=result.value, rows=ordered.as_given(rows), noise=result.noise, indistinct=result.indistinct
    )


def average_surplus(sums: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return by how much scores exceed labels on average in each bin; exactly 0 where only rounding differs.

    A bin errs to one side or to none: which of them may not depend on the order in which its rows were added.

    :param sums: of the surplus of each bin's rows, of shape (bins,).
    :param sizes: rows of each bin.
    """
    means: np.ndarray = sums / sizes
    return np.where(np.abs(means) < ROUNDING, 0.0, means)


class Weighed(NamedTuple):
    """The error over all bins: its value, what noise seems to have added, whether all of it may be noise."""

    value: float
    noise: float
    indistinct: bool


def weigh_bins(sizes: np.ndarray, means: np.ndarray, errors: np.ndarray) -> Weighed:
    """Return the error over all bins without what noise adds to it.

    :param sizes: rows of each bin, or their weight, of shape (bins,).
    :param means: by how much scores exceed labels in each, on average.
    :param errors: standard errors of that.
    """
    from scipy.special import chdtrc

    seen, rows = errors > 0, float(sizes.sum())
    squares = float(((means[seen] / errors[seen]) ** 2).sum())
    raw = float(sizes @ np.abs(means)) / rows
    value = float(sizes @ _remove_noise(np.abs(means), errors)) / rows
    indistinct = bool(seen.any() and (means[~seen] == 0).all() and chdtrc(int(seen.sum()), squares) > _LEVEL)
    return Weighed(value, raw - value, indistinct)


def _cut(scores: np.ndarray) -> np.ndarray:
    """Return where each of 15 bins of equal mass begins; equal scores never part, and no bin is empty.

    :param scores: in order, lowest first.
    """
    last = len(scores) - 1
    below = np.arange(1, _BINS) * last // _BINS  # the score at a quantile or next below it
    ends = np.searchsorted(scores, scores[below], side="right")
    return np.unique(np.append(0, ends[ends <= last]))


def _cut_by_weight(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the same for bins of equal weight: the score up to which a share of all weight lies.

    :param weights: in the order of the scores, of mean 1, float64 of shape (n,).
    """
    last = len(scores) - 1
    wanted = np.arange(1, _BINS) * last / _BINS
    below = np.minimum(np.searchsorted(np.cumsum(weights), wanted, side="right"), last)
    ends = np.searchsorted(scores, scores[below], side="right")
    return np.unique(np.append(0, ends[ends <= last]))


def _measure_errors(
    scores: np.ndarray, centred: np.ndarray, groups: np.ndarray | None, starts: np.ndarray
) -> np.ndarray:
    """Return the standard error of each bin's mean surplus, of shape (bins,): rows of one entity together.

    It is never less than that of a calibrated model: a bin without a single positive shows no noise at all.

    :param scores: in order, lowest first, float64 of shape (n,).
    :param centred: surplus of each row over the mean of its bin.
    :param groups: number of each row's entity; None where each row is one of its own.
    :param starts: where each bin begins.
    """
    sizes = np.diff(starts, append=len(scores))
    found, expected = _variances(centred, scores * (1 - scores), groups, starts, sizes)
    errors: np.ndarray = np.sqrt(np.maximum(found, expected)) / sizes
    return errors


def _variances(
    centred: np.ndarray,
    calibrated: np.ndarray,
    groups: np.ndarray | None,
    starts: np.ndarray,
    sizes: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the variance of each bin's sum of surplus, as found and of a calibrated model, of shape (bins,).

    :param centred: as above.
    :param calibrated: variance of each row's surplus if the model is calibrated, of shape (n,).
    :param groups: as above.
    :param starts: where each bin begins.
    :param sizes: rows of each.
    """
    counts, squares = sizes, np.add.reduceat(centred**2, starts)
    if groups is not None:
        bins = [slice(start, start + size) for start, size in zip(starts, sizes, strict=True)]
        counts, squares = np.transpose([_sum_squares(centred[rows], groups[rows]) for rows in bins])
    return squares * counts / np.maximum(counts - 1, 1), np.add.reduceat(calibrated, starts)


def _sum_squares(values: np.ndarray, groups: np.ndarray) -> tuple[int, float]:
    """Return how many entities there are, and the squares of their sums, added."""
    sums = np.bincount(groups, weights=values)
    seen = np.zeros(len(sums), dtype=bool)
    seen[groups] = True  # a sum may be 0, and whether it is depends on rounding
    return int(np.count_nonzero(seen)), float(np.einsum("i,i->", sums, sums))


def _remove_noise(seen: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Return the mean, 0 or more, of a normal value whose absolute value is this on average.

    :param seen: absolute values, of shape (bins,).
    :param errors: standard errors, of shape (bins,).
    """
    from scipy.special import ndtr

    noisy = (errors > 0) & (seen < _CLEAR * errors)
    if not noisy.any():
        return seen
    ratio = seen[noisy] / errors[noisy]
    low, high = np.zeros(len(ratio)), ratio
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        expected = np.sqrt(2 / np.pi) * np.exp(-(middle**2) / 2) + middle * (1 - 2 * ndtr(-middle))
        too_much = expected > ratio
        high, low = np.where(too_much, middle, high), np.where(too_much, low, middle)
    found = seen.copy()
    found[noisy] = low * errors[noisy]
    return found


CALIBRATION_ERROR = Measure(influence=_influence, scale=PLAIN)
