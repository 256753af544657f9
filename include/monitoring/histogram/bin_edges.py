"""Choose the bins of a column, from a sample or the frequencies of the training data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.monitoring.histogram.categorical_bins import CategoricalBins
from include.monitoring.histogram.numeric_bins import NumericBins

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERVALS = 1_024
SHOWN_VALUES = 50
KNOWN_VALUES = 500
_OF_PROBABILITIES, _HUNDREDTHS = 256, 101
_DIGITS = (9, 12, 15)  # tried in this order; 17 are exact
_ROOM = 1_000  # an edge moves by at most this part of the distance to its neighbour


def bin_numbers(sample: np.ndarray, intervals: int = INTERVALS) -> NumericBins:
    """Take quantiles of a sample as edges; of a column with few distinct values every one of them.

    An edge that several rows of the sample share is kept to the last bit, because values will be equal to
    it. Any other is shortened: it only parts an interval, and short numbers keep the profile small. How many
    digits that takes depends on the distance to the neighbouring edges and not on the number's size: numbers
    may differ in their last digits alone, as serial numbers and epochs do.

    :param sample: float64 of shape (m,), in any order; what is not finite is left out.
    :param intervals: intervals between the edges, at most.
    """
    ordered = np.sort(sample[np.isfinite(sample)])
    if not len(ordered):
        return NumericBins(edges=ordered)
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    distinct, repeats = ordered[starts], np.diff(np.append(starts, len(ordered)))
    if len(distinct) > intervals + 1:
        chosen = np.unique(ordered[np.linspace(0, len(ordered) - 1, intervals + 1).round().astype(np.int64)])
        shared = repeats[np.searchsorted(distinct, chosen)] > 1
        distinct = np.where(shared, chosen, _shorten(chosen))
    return NumericBins(edges=distinct)


def bin_probabilities(sample: np.ndarray) -> NumericBins:
    """Take quantiles of a sample of probabilities as edges, and no two further apart than a hundredth.

    A model that knows its training data answers hardly anything there but 0 and 1. What it answers later lies
    in between, where quantiles leave one wide interval whose middle says nothing of a mean.

    :param sample: float64 of shape (m,), in any order.
    """
    own = bin_numbers(sample, _OF_PROBABILITIES).edges
    return NumericBins(edges=np.union1d(own, np.linspace(0, 1, _HUNDREDTHS)))


def _shorten(edges: np.ndarray) -> np.ndarray:
    """Return numbers of as few digits as part what these part.

    :param edges: increasing finite numbers, two at least, float64 of shape (k,).
    """
    with np.errstate(over="ignore"):  # the distance from one end of float64 to the other is infinite
        distances = np.diff(edges)
    room = np.minimum(np.append(np.inf, distances), np.append(distances, np.inf)) / _ROOM
    shortened = edges.copy()
    for digits in reversed(_DIGITS):
        short = np.array([float(f"{edge:.{digits}g}") for edge in edges.tolist()])
        near = np.isfinite(short) & (np.abs(short - edges) <= room)
        shortened[near] = short[near]
    return shortened


def bin_categories(
    frequencies: Mapping[str, int], shown: int = SHOWN_VALUES, known: int = KNOWN_VALUES
) -> CategoricalBins:
    """Give the most frequent values a bin each, and remember further ones by name.

    :param frequencies: rows of each value.
    :param shown: values with a bin of their own, at most.
    :param known: values remembered by name, at most.
    """
    ordered = sorted(frequencies, key=lambda value: (-frequencies[value], value))
    return CategoricalBins(
        values=tuple(ordered[:shown]),
        others=tuple(sorted(ordered[shown:known])),
        complete=len(ordered) <= known,
    )
