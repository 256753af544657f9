"""Settle the places into which a column is counted, from a sample or the frequencies of the training data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.monitoring.columns import CategoricalColumn, NumericColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

BINS = 1_024
SHOWN_VALUES = 50
KNOWN_VALUES = 500
_DIGITS = 9


def place_numbers(sample: np.ndarray, bins: int = BINS) -> NumericColumn:
    """Take quantiles of a sample as edges; of a column with few distinct values every one of them.

    An edge that several rows of the sample share is kept to the last bit, because values will be equal to
    it. Any other is shortened to nine digits: it only parts an interval, and short numbers keep the profile
    small.

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
        distinct = np.unique([
            edge if exact else float(f"{edge:.{_DIGITS}g}")
            for edge, exact in zip(chosen, shared, strict=True)
        ])
    return NumericColumn(edges=distinct)


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
