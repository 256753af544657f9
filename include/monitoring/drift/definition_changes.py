"""Changes of what a column means, which no threshold should hide and which have a name.

A category that comes from nowhere, a category or a value of many rows that is gone, a value that many rows
suddenly share, a column that has become constant or empty: such a change is reported when it concerns at
least a hundredth of the rows and chance would do it less than once in a million times.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.monitoring.histogram.categorical_bins import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.config.drift_statistics import Kind
    from include.monitoring.histogram.binning import Bins

_SHARE = 0.01  # of the rows, before or now
_LOG_CHANCE = math.log(1e-6)
_HEAVY = 0.1  # share of a bin from which a value that few rows had before counts as a new mass point
_RARE = 0.2  # at most this part of it was there before
_NAMED = 3


def find_changes(reference: np.ndarray, counts: np.ndarray, bins: Bins) -> tuple[str, ...]:
    """Return the changes of definition of one column, each as a phrase.

    :param reference: counts of the training data, shape (bins,).
    :param counts: counts of the batch, shape (bins,).
    :param bins: the column's bins.
    """
    rows, before, now = int(counts.sum()), int(reference[1:].sum()), int(counts[1:].sum())
    if not rows or not reference.sum():
        return ()
    if not now:
        share = before / int(reference.sum())
        gone = before and rows * math.log1p(-min(share, 1 - 1e-12)) < _LOG_CHANCE
        return (f"all values are missing ({1 - share:.1%} were in training)",) if gone else ()
    if not before:
        return (f"{now / rows:.1%} of the rows have a value, none had one in training",)
    shares = _Shares(
        before=np.append(0.0, reference[1:] / before),
        now=np.append(0.0, counts[1:] / now),
        rows=(before, now),
    )
    if constant := _find_constant(shares, bins):
        return (constant,)
    return (*_find_vanished(shares, bins), *_NEW[bins.kind](shares, bins))


class _Shares(NamedTuple):
    """Shares of the rows with a value.

    :param before: shares of each bin in training, shape (bins,); 0 for the missing.
    :param now: the same in the batch.
    :param rows: rows with a value in training and in the batch.
    """

    before: np.ndarray
    now: np.ndarray
    rows: tuple[int, int]


def _find_constant(shares: _Shares, bins: Bins) -> str | None:
    """Tell whether all values are the same now and were not before."""
    number = int(np.argmax(shares.now))
    before = float(shares.before[number])
    if shares.now[number] < 1 or bins.is_interval(number) or not _exceeds_chance(shares.rows[1], 1 - before):
        return None
    return f"constant: every value is {bins.name_bin(number)} ({before:.1%} were in training)"


def _find_vanished(shares: _Shares, bins: Bins) -> list[str]:
    """Name the categories, and the values of many rows, that are gone."""
    p, q, (_, rows) = shares
    gone = [
        int(number)
        for number in np.flatnonzero((q == 0) & (p >= _SHARE))
        if bins.holds_one_value(int(number)) and _exceeds_chance(rows, float(p[number]))
    ]
    ordered = sorted(gone, key=lambda number: -p[number])
    return [f"{bins.name_bin(number)} is gone ({p[number]:.1%} in training)" for number in ordered[:_NAMED]]


def _find_new_categories(shares: _Shares, _bins: Bins) -> list[str]:
    """Tell whether there are categories that training never saw."""
    p, q, (before, now) = shares
    found = round(float(q[UNSEEN]) * now)
    if p[UNSEEN] == 0 and q[UNSEEN] >= _SHARE and _tail(found, 3 * now / before) < _LOG_CHANCE:
        return [f"categories never seen in training ({q[UNSEEN]:.1%} of the rows)"]
    return []


def _find_new_mass_points(shares: _Shares, bins: Bins) -> list[str]:
    """Name the values that many rows suddenly share."""
    p, q, (before, now) = shares
    heavy = np.flatnonzero((q >= _HEAVY) & (p <= _RARE * q))
    sudden = [
        number
        for number in heavy.tolist()
        if _tail(q[number] * now, now * (p[number] + 3 / before)) < _LOG_CHANCE
    ]
    ordered = sorted(sudden, key=lambda number: -q[number])
    return [
        f"{q[number]:.1%} of the values are {bins.name_bin(number)} ({p[number]:.1%} in training)"
        for number in ordered[:_NAMED]
    ]


_NEW: dict[Kind, Callable[[_Shares, Bins], list[str]]] = {
    "numeric": _find_new_mass_points,
    "categorical": _find_new_categories,
}


def _exceeds_chance(rows: int, share: float) -> bool:
    """Tell whether chance would not leave something of this share out of so many rows."""
    return share >= 1 or rows * math.log1p(-share) < _LOG_CHANCE


def _tail(found: float, expected: float) -> float:
    """Bound the logarithm of the chance to find so many where fewer are expected (Chernoff, for Poisson)."""
    if found <= expected:
        return 0.0
    return found - expected - found * math.log(found / expected)
