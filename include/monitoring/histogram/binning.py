"""How a column is counted: in fixed bins, chosen once on the training data.

A count is a vector of whole numbers, one for each bin. Counts of batches, files, threads and machines are
added up and give what one pass over everything would have given, to the last digit. Each kind of column is a
class of its own, which knows all that differs between kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from include.monitoring.histogram.categorical_bins import CategoricalBins
from include.monitoring.histogram.numeric_bins import NumericBins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import pyarrow as pa

    from include.config.drift_statistics import Kind


class Bins(Protocol):
    """The bins of a column. The first one is that of the missing values, whatever the kind."""

    @property
    def kind(self) -> Kind:
        """``numeric`` or ``categorical``."""

    @property
    def arrow_type(self) -> pa.DataType:
        """The type that the column has in a canonical snapshot."""

    @property
    def size(self) -> int:
        """Number of bins."""

    @property
    def midpoints(self) -> np.ndarray | None:
        """The number that stands for each bin but the missing; None where bins are no numbers."""

    def count(self, array: pa.Array) -> np.ndarray:
        """Count the values of an array: int64 of shape (size,)."""

    def assign(self, array: pa.Array) -> np.ndarray:
        """Return the bin of each value of an array: int16 of shape (n,)."""

    def pool(self, counts: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Add up bins to groups of which each holds a share of the reference that is worth comparing.

        :param counts: counts of shape (..., bins).
        :param reference: counts of the reference, shape (..., bins).
        :return: shape (..., groups), the missing left out.
        """

    def holds_one_value(self, number: int) -> bool:
        """Tell whether a bin stands for one value and not for several; the missing count as one."""

    def is_interval(self, number: int) -> bool:
        """Tell whether a bin holds all numbers between two others."""

    def name_bin(self, number: int) -> str:
        """Name a bin, other than that of the missing values, in a sentence."""

    def name_counts(self, counts: np.ndarray) -> dict[str, Any]:
        """Return counts under readable names, as JSON values that :meth:`read_counts` reads."""

    def read_counts(self, named: Mapping[str, Any]) -> np.ndarray:
        """Return counts from what :meth:`name_counts` returned."""

    def to_plain(self) -> dict[str, Any]:
        """Return the bins as JSON values that :func:`read_bins` reads."""


_READERS: dict[str, Callable[[Mapping[str, Any]], Bins]] = {
    "numeric": NumericBins.from_plain,
    "categorical": CategoricalBins.from_plain,
}


def read_bins(plain: Mapping[str, Any]) -> Bins:
    """Return the bins of a column from what ``to_plain`` returned.

    :param plain: the bins as JSON values.
    :raises KeyError: when a field is missing or the kind is unknown.
    """
    return _READERS[plain["kind"]](plain)
