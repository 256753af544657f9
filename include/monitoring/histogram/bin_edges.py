"""Settle the places into which a column is counted, from a sample or the frequencies of the training data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.monitoring.histogram.binning import CategoricalColumn, NumericColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

BINS = 1_024
SHOWN_VALUES = 50
KNOWN_VALUES = 500
_DIGITS = (9, 12, 15)  # tried in this order; 17 are exact
_NAMED, _MOST_DIGITS = 6, 17
_ROOM = 1_000  # an edge moves by at most this part of the way to its neighbour


def place_numbers(sample: np.ndarray, bins: int = BINS) -> NumericColumn:
    """Take quantiles of a sample as edges; of a column with few distinct values every one of them.

    An edge that several rows of the sample share is kept to the last bit, because values will be equal to
    it. Any other is shortened: it only parts an interval, and short numbers keep the profile small. How many
    digits that takes hangs on the way to the neighbouring edges and not on the number's size: numbers may
    differ in their last digits alone, as serial numbers and epochs do.

    :param sample: float64 of shape (m,), in any order; what is not finite is left out.
    :param bins: intervals between the edges, at most.
    """
    import numpy as np

    ordered = np.sort(sample[np.isfinite(sample)])
    if not len(ordered):
        return NumericColumn(edges=ordered)
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    distinct, repeats = ordered[starts], np.diff(np.append(starts, len(ordered)))
    if len(distinct) > bins + 1:
        chosen = np.unique(ordered[np.linspace(0, len(ordered) - 1, bins + 1).round().astype(np.int64)])
        shared = repeats[np.searchsorted(distinct, chosen)] > 1
        distinct = np.where(shared, chosen, _shorten(chosen))
    return NumericColumn(edges=distinct)


def _shorten(edges: np.ndarray) -> np.ndarray:
    """Return numbers of as few digits as part what these part.

    :param edges: increasing finite numbers, two at least, float64 of shape (k,).
    """
    import numpy as np

    with np.errstate(over="ignore"):  # the way from one end of float64 to the other is infinite
        ways = np.diff(edges)
    room = np.minimum(np.append(np.inf, ways), np.append(ways, np.inf)) / _ROOM
    shortened = edges.copy()
    for digits in reversed(_DIGITS):
        short = np.array([float(f"{edge:.{digits}g}") for edge in edges.tolist()])
        near = np.isfinite(short) & (np.abs(short - edges) <= room)
        shortened[near] = short[near]
    return shortened


def name_number(number: float, *others: float) -> str:
    """Return a number in as few digits, six at least, as tell it from some others.

    :param number: the number.
    :param others: what it must not be taken for.
    """
    for digits in range(_NAMED, _MOST_DIGITS):
        name = f"{number:.{digits}g}"
        if all(f"{other:.{digits}g}" != name for other in others if other != number):
            return name
    return repr(number).removesuffix(".0")


def place_categories(
    frequencies: Mapping[str, int], shown: int = SHOWN_VALUES, known: int = KNOWN_VALUES
) -> CategoricalColumn:
    """Give the most frequent values a place each, and remember further ones by name.

    :param frequencies: rows of each value.
    :param shown: values with a place of their own, at most.
    :param known: values remembered by name, at most.
    """
    ordered = sorted(frequencies, key=lambda value: (-frequencies[value], value))
    return CategoricalColumn(
        values=tuple(ordered[:shown]),
        others=tuple(sorted(ordered[shown:known])),
        complete=len(ordered) <= known,
    )
