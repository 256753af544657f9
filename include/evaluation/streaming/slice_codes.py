"""Groups of the sensitive attributes, numbered chunk by chunk as :mod:`include.evaluation.slices` cuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.data.arrow_numpy import to_numpy
from include.data.read_snapshot import stream_columns
from include.evaluation.slices import name_bands, name_groups

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from include.config.schema import ModelConfig


@dataclass(frozen=True, kw_only=True)
class SliceCodes:
    """How one column cuts the rows: into categories, or into bands; the last group are the missing values.

    :param column: the sensitive attribute.
    :param known: its categories in alphabetical order, or the names of its bands.
    :param bands: where bands end; None for categories.
    """

    column: str
    known: tuple[str, ...]
    bands: tuple[float, ...] | None = None

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.known) + 1

    def number(self, values: pa.ChunkedArray) -> np.ndarray:
        """Return the number of each row's group, integers of shape (m,).

        :param values: the column of some rows.
        """
        whole = values.combine_chunks()
        if self.bands is None:
            found = pc.index_in(whole, value_set=pa.array(self.known, whole.type))
            return to_numpy(found.fill_null(len(self.known)))
        numbers = to_numpy(whole.fill_null(float("nan")))
        codes = np.searchsorted(np.asarray(self.bands), numbers, side="right")
        codes[np.isnan(numbers)] = len(self.known)
        return codes

    def name(self, present: Sequence[int]) -> list[str]:
        """Return the names of the groups that have rows.

        :param present: their numbers, ascending.
        """
        found = [*self.known, None]
        return name_groups(self.column, [found[one] for one in present], banded=self.bands is not None)


def find_slices(test: Path, config: ModelConfig) -> tuple[SliceCodes, ...]:
    """Return how each sensitive attribute cuts a test set; categories are read off it, a chunk at a time.

    :param test: the test set.
    :param config: the model's configuration.
    :raises DataError: when it can't be read.
    """
    named = [name for name in config.sensitive if name not in config.features.numeric]
    seen: dict[str, set[str]] = {name: set() for name in named}
    for table in stream_columns(test, config, tuple(named)) if named else ():
        for name in named:
            seen[name].update(pc.unique(table[name]).drop_null().to_pylist())
    return tuple(
        SliceCodes(column=name, known=tuple(sorted(seen[name])))
        if name in seen
        else SliceCodes(column=name, known=tuple(name_bands(one.bands)), bands=tuple(one.bands))
        for name, one in config.sensitive.items()
    )
