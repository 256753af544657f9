"""About how many different entities a stream holds, in 16 MB, without keeping any of them.

Linear counting (Whang, Vander-Zanden and Taylor 1990, ACM TODS 15): an entity hashes to one of 2^24 slots,
and the share that stays empty tells the number. It is off by a few entities among a hundred thousand and by
0.02 % at ten million, and two counts merge into that of the union.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from include.data.splits import hash_entities

if TYPE_CHECKING:
    import pyarrow as pa

_SLOTS = 1 << 24
_SALT = 0


class EntityCount:
    """Counts entities; each counts once, however often it comes.

    :ivar taken: whether an entity fell into a slot, booleans of shape (2**24,).
    """

    def __init__(self) -> None:
        self.taken = np.zeros(_SLOTS, dtype=bool)

    def add(self, entities: pa.Array) -> None:
        """Count some rows' entities.

        :param entities: ids of shape (m,), of an Arrow integer or string type, without nulls.
        """
        self.taken[(hash_entities(entities, seed=_SALT) * _SLOTS).astype(np.int64)] = True

    def merge(self, other: EntityCount) -> None:
        """Count those of another stream, too.

        :param other: its count.
        """
        self.taken |= other.taken

    def estimate(self) -> int:
        """Return about how many there are."""
        empty = max(_SLOTS - int(np.count_nonzero(self.taken)), 1)
        return round(_SLOTS * math.log(_SLOTS / empty))
