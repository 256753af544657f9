"""What each entity contributes to a figure: its rows' influence values, summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.evaluation.buckets import BUCKETS, BucketedGain
from include.evaluation.measures.base import Contributions

if TYPE_CHECKING:
    from include.evaluation.measures.base import Influence


def sum_by_entity(found: Influence, groups: np.ndarray | None, entities: int = 0) -> Contributions:
    """Return what each entity contributes to a figure.

    :param found: the figure, and the influence of each row on it.
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,); None where each row is one
        of its own.
    :param entities: how many there are at least, where not all occur.
    """
    sums = found.rows if groups is None else np.bincount(groups, weights=found.rows, minlength=entities)
    if found.unseen > 1:
        sums = sums * found.unseen
    return Contributions(
        value=found.value,
        sums=sums,
        rows=len(found.rows),
        noise=found.noise,
        indistinct=found.indistinct,
    )


def bucket_contributions(gain: Contributions, buckets: np.ndarray) -> BucketedGain:
    """Return a gain in a form that adds up.

    :param gain: the gain, and what each entity contributes to it.
    :param buckets: what :func:`include.evaluation.buckets.assign_buckets` returns for each entity, of shape
        (g,).
    """
    sums = np.bincount(buckets, weights=gain.sums, minlength=BUCKETS)
    return BucketedGain(rows=gain.rows, total=gain.value * gain.rows, sums=sums)
