"""Evidence that adds up: a paired gain, and 1,024 sums of its influence values by a hash of the entity.

The variance of a gain is the sum of squares of what each entity contributes, see
:mod:`include.evaluation.interval`. Entities are independent of each other, so sums over random groups of them
give the same variance, at the price of 2.2 % noise in the standard error with 1,024 groups. The groups need
no identity, take 8 KB whatever the number of rows, and add up: over chunks, workers, Spark partitions,
deliveries and exams. Since an entity falls into the same bucket each time, evidence of several exams gets the
standard error that it has although the same entities return. Taken as independent, pooled evidence promoted a
model by luck in 21 % of the champions' lives where 5 % had been asked for.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from include.data.splits import hash_bits
from include.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from include.evaluation.measures.base import Influence

BUCKETS = 1024
_SALT = 0
_LEFT_OVER = 1e-9  # of the largest sum: what rounding leaves of sums that cancel is less, one row moves more
_TYPE = "<f8"


@dataclass(frozen=True, kw_only=True, eq=False)
class BucketedGain:
    """A gain on some rows in a form that adds up.

    :param rows: number of rows.
    :param total: the gain times ``rows``.
    :param sums: influence values summed by bucket, float64 of shape (:data:`BUCKETS`,).
    """

    rows: int
    total: float
    sums: np.ndarray

    @property
    def value(self) -> float:
        """The gain over all rows; NaN without rows."""
        return self.total / self.rows if self.rows else float("nan")

    @property
    def shares(self) -> np.ndarray:
        """What each bucket that holds anything contributes to the gain, float64 of shape (b,)."""
        sizes = np.abs(self.sums)
        held: np.ndarray = self.sums[sizes > _LEFT_OVER * sizes.max()]
        return held / self.rows if self.rows else held

    def __add__(self, other: BucketedGain) -> BucketedGain:
        """Return the gain over the rows of both, each row weighing the same."""
        return BucketedGain(
            rows=self.rows + other.rows, total=self.total + other.total, sums=self.sums + other.sums
        )

    def __eq__(self, other: object) -> bool:
        """Tell whether both are the same to the last bit."""
        return (
            isinstance(other, BucketedGain)
            and (self.rows, self.total) == (other.rows, other.total)
            and np.array_equal(self.sums, other.sums)
        )

    __hash__ = None  # type: ignore[assignment]

    def to_plain(self) -> dict[str, Any]:
        """Return plain JSON values; :meth:`from_plain` reads them to the last bit."""
        sums = base64.b64encode(self.sums.astype(_TYPE).tobytes()).decode()
        return {"rows": self.rows, "total": self.total, "sums": sums}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> BucketedGain:
        """Build a gain from what :meth:`to_plain` returned.

        :raises DataError: it is damaged.
        """
        try:
            sums = np.frombuffer(base64.b64decode(plain["sums"], validate=True), dtype=_TYPE)
            rows, total = int(plain["rows"]), float(plain["total"])
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"bucket sums are damaged: {error}") from error
        if sums.shape != (BUCKETS,) or rows < 0 or not np.isfinite(sums).all():
            raise DataError(f"bucket sums are damaged: expected {BUCKETS} finite numbers, found {sums.shape}")
        return cls(rows=rows, total=total, sums=sums.astype(np.float64))


def bucket_gain(gain: Influence, buckets: np.ndarray) -> BucketedGain:
    """Return a gain in a form that adds up.

    :param gain: the gain and the influence of each row on it.
    :param buckets: what :func:`assign_buckets` returned for the rows, of shape (n,).
    """
    rows = len(gain.rows)
    sums = np.bincount(buckets, weights=gain.rows, minlength=BUCKETS)
    return BucketedGain(rows=rows, total=gain.value * rows, sums=sums)


def assign_buckets(entities: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Return the bucket of each row's entity, integers of shape (n,): always the same for an entity.

    :param entities: ids of shape (n,), of an Arrow integer or string type, without nulls.
    :raises DataError: an id is missing or of another type.
    """
    whole = entities.combine_chunks() if hasattr(entities, "combine_chunks") else entities
    # The low bits: the holdout goes by the high ones, and would fill a part of the buckets only.
    return (hash_bits(whole, seed=_SALT) % np.uint64(BUCKETS)).astype(np.int64)


def add_up(gains: Iterable[BucketedGain]) -> BucketedGain:
    """Return the gain over the rows of all.

    :param gains: any number of them; of none, a gain over no rows.
    """
    found = BucketedGain(rows=0, total=0.0, sums=np.zeros(BUCKETS))
    for gain in gains:
        found = found + gain
    return found
