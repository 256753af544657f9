"""How many rows are fetched at once: as many as memory has room for, however long their texts are."""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH_ROWS = 20_000
BATCH_BYTES = 64 * 1024 * 1024
_FIRST_ROWS = 500
_GROWS_BY = 4  # at most, from one batch to the next: the rows that were seen may have been short ones
_SAMPLE = 200


class BatchSize:
    """Follows the size of the rows that come.

    :param rows: most rows in a batch.
    :param size: bytes that a batch may take as Python objects, roughly. Only a jump from short rows to long
        ones within a result exceeds it, for one batch.
    """

    def __init__(self, rows: int = BATCH_ROWS, size: int = BATCH_BYTES) -> None:
        self._most, self._size = rows, size
        self.rows = min(rows, _FIRST_ROWS)

    def learn(self, batch: Sequence[Sequence[Any]]) -> None:
        """Choose the number of rows of the next batch.

        :param batch: the rows that came last, at least one; some of them are measured.
        """
        sample = batch[:: max(1, len(batch) // _SAMPLE)]
        mean = sum(getsizeof(value) for row in sample for value in row) / len(sample)
        fits = max(1, int(self._size / max(mean, 1.0)))
        self.rows = min(self._most, fits, self.rows * _GROWS_BY)
