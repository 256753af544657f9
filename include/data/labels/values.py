"""Labels that are the values of their column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.targets import read_targets
from include.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.labels.base import Rows


class Values:
    """The reading of ``target.column``: what stands there is the label."""

    needs_value = True

    def read(self, column: pa.ChunkedArray, rows: Rows, config: ModelConfig) -> np.ndarray:
        """Return the values as numbers; parameters and errors as :meth:`Reading.read`."""
        try:
            return read_targets(column, config)
        except DataError as error:
            raise DataError(f"{rows.where}: {error}: validate this partition and ask for it again") from error

    def is_final(self, about: str, day: str, config: ModelConfig) -> bool:  # noqa: ARG002 - of the protocol
        """Return True: a value that is delivered again with another one is a correction."""
        return True
