"""Move columns between Arrow and NumPy without a copy and without importing pandas.

``Array.to_numpy``, ``pa.array``, ``pa.scalar`` and ``pq.read_table`` import pandas behind the caller's
back, which costs a task about a second. The functions here do not.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def to_numpy(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Return a column without nulls as a NumPy array that shares its memory.

    :param column: integers, floats, dates (days since 1970-01-01 as int32) or timestamps (as int64,
        in their unit) of shape (n,).
    :return: shape (n,), read-only where the memory is shared.
    :raises ValueError: when the column has nulls.
    """
    if column.null_count:
        raise ValueError(f"{column.null_count} of {len(column)} values are null: fill or drop them first")
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_date32(array.type):
        array = array.view(pa.int32())
    elif pa.types.is_timestamp(array.type):
        array = array.view(pa.int64())
    return np.from_dlpack(array)


def to_arrow(values: np.ndarray) -> pa.Array:
    """Return a NumPy array as an Arrow array that shares its memory.

    :param values: integers or floats of shape (n,).
    """
    contiguous = np.ascontiguousarray(values)
    return pa.Array.from_buffers(
        pa.from_numpy_dtype(contiguous.dtype), len(contiguous), [None, pa.py_buffer(contiguous)]
    )


def to_mask(chosen: np.ndarray) -> pa.Array:
    """Return booleans of shape (n,) as Arrow has them."""
    return to_arrow(chosen.view(np.uint8)).cast(pa.bool_())


def find_valid(array: pa.Array) -> np.ndarray:
    """Tell for each value of an array whether it is there.

    :param array: any type, shape (n,).
    :return: booleans of shape (n,), False where the value is null.
    """
    if not array.null_count:
        return np.ones(len(array), dtype=bool)
    bits = np.unpackbits(np.frombuffer(array.buffers()[0], dtype=np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)].astype(bool)
