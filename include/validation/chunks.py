"""Read a snapshot in pieces of bounded size, as pandas frames that Great Expectations understands.

Great Expectations copies a column several times over while it checks it; a piece of a million rows keeps that
small.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    import pyarrow.parquet as pq

ROWS_PER_PIECE = 2**20
ROWS_PER_KEY_PIECE = 2**19  # looking for equal keys takes a hash table beside the rows


def by_rows(snapshot: pq.ParquetFile, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Yield consecutive pieces of some columns; the index is the place of each row in the snapshot.

    :param snapshot: opened canonical snapshot.
    :param columns: names of columns.
    """
    start = 0
    for batch in snapshot.iter_batches(batch_size=ROWS_PER_PIECE, columns=list(columns)):
        yield to_frame(batch, range(start, start + batch.num_rows), columns)
        start += batch.num_rows


def by_key(snapshot: pq.ParquetFile, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Yield pieces in which all rows with the same value in the first column lie together.

    The piece of a row is a hash of that value, so that a value that is there twice is there twice in one
    piece. The snapshot is read once for each piece, which costs less than the memory it saves.

    :param snapshot: opened canonical snapshot.
    :param columns: names of columns.
    """
    pieces = max(1, -(-snapshot.metadata.num_rows // ROWS_PER_KEY_PIECE))
    keys = snapshot.iter_batches(batch_size=ROWS_PER_PIECE, columns=[columns[0]])
    piece_of = np.concatenate([_piece_of(batch.column(0), pieces) for batch in keys])
    for piece in range(pieces):
        places = np.flatnonzero(piece_of == piece)
        kept, start = [], 0
        for batch in snapshot.iter_batches(batch_size=ROWS_PER_PIECE, columns=list(columns)):
            end = start + batch.num_rows
            own = places[np.searchsorted(places, start) : np.searchsorted(places, end)] - start
            kept.append(batch.take(pa.array(own)))
            start = end
        yield to_frame(pa.Table.from_batches(kept), places, columns)


def whole(snapshot: pq.ParquetFile, columns: Sequence[str]) -> pd.DataFrame:
    """Return some columns with all their rows.

    :param snapshot: opened canonical snapshot.
    :param columns: names of columns.
    """
    import pandas as pd

    rows = snapshot.metadata.num_rows
    frame: dict[str, Any] = {}
    for name in columns:
        if pa.types.is_floating(snapshot.schema_arrow.field(name).type):
            # Piece by piece into its place: Arrow's own way holds the column twice.
            frame[name] = np.empty(rows)
            start = 0
            for batch in snapshot.iter_batches(batch_size=ROWS_PER_PIECE, columns=[name]):
                frame[name][start : start + batch.num_rows] = batch.column(0).to_numpy(zero_copy_only=False)
                start += batch.num_rows
        else:
            frame[name] = _series(snapshot.read(columns=[name]).column(name), widen=False)
    return pd.DataFrame(frame, copy=False)


def to_frame(rows: pa.Table | pa.RecordBatch, places: Any, columns: Sequence[str]) -> pd.DataFrame:
    """Return rows in the types that Great Expectations compares in one go instead of value by value.

    These are int64, float64 and datetime64[ns] (its ``column_values.between`` looks for them).

    :param rows: rows of a canonical snapshot.
    :param places: place of each row in the snapshot.
    :param columns: order of the columns.
    """
    import pandas as pd

    frame = pd.DataFrame({name: _series(rows.column(name)) for name in columns}, copy=False)
    return frame.set_index(pd.Index(places))


def _series(values: pa.Array | pa.ChunkedArray, *, widen: bool = True) -> pd.Series:
    """Return a column for pandas.

    What is after 2262 does not fit into nanoseconds: it stays as it is, dates in seconds, which is slow, and
    right.

    :param widen: make integers of 64 bits.
    """
    if pa.types.is_timestamp(values.type):  # in UTC, and without saying so: comparisons take no zones
        values = values.cast(pa.timestamp("us"))
        with suppress(pa.ArrowInvalid):
            values = values.cast(pa.timestamp("ns"))
    elif pa.types.is_date32(values.type):
        try:
            values = values.cast(pa.timestamp("ns"))
        except pa.ArrowInvalid:
            values = values.cast(pa.timestamp("s"))
    elif widen and pa.types.is_integer(values.type) and not values.null_count:
        values = values.cast(pa.int64())
    series: pd.Series = values.to_pandas()
    return series


def _piece_of(values: pa.Array, pieces: int) -> np.ndarray:
    """Return the piece of each value, shape (n,): the same for the same value, and about as many in each."""
    import pandas as pd

    hashes = pd.util.hash_pandas_object(values.to_pandas(), index=False).to_numpy()
    return (hashes % np.uint64(pieces)).astype(np.min_scalar_type(pieces))
