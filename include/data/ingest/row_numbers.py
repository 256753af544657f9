"""Where the rows that were cut out of a file stand in it, so that messages name a line that can be looked up.

The numbers are kept on disk, beside the rows: only a message needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX = ".rows"


class RowNumbers(NamedTuple):
    """The numbers of the rows, or lines, of one file of a delivery in the file that it was cut out of.

    :param path: file of pairs of int64, for each run of neighbours the first number here and there.
    """

    path: Path

    @classmethod
    def beside(cls, file: Path) -> RowNumbers:
        """Return the numbers of a file that was cut out."""
        return cls(file.with_name(file.name + _SUFFIX))

    def add(self, here: np.ndarray, there: np.ndarray, lengths: np.ndarray) -> None:
        """Note rows that are added at the end.

        :param here: their numbers in the file that is written, increasing, int64 of shape (n,).
        :param there: their numbers in the file they come from.
        :param lengths: how many numbers each takes: a record of CSV may have several lines.
        """
        begins = np.ones(len(here), dtype=bool)
        begins[1:] = there[1:] != there[:-1] + lengths[:-1]
        with self.path.open("ab") as stream:
            stream.write(np.stack([here[begins], there[begins]], axis=1).astype(np.int64).tobytes())

    def find(self, number: int) -> int:
        """Return where a row stands in the file that it was cut out of."""
        pairs = np.fromfile(self.path, dtype=np.int64).reshape(-1, 2)
        at = int(np.searchsorted(pairs[:, 0], number, side="right")) - 1
        return int(pairs[at, 1]) + number - int(pairs[at, 0]) if at >= 0 else number
