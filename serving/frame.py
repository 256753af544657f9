"""Columns of a request to the frame that a model takes, each checked as a whole by its type.

As :func:`include.training.frame.feature_frame` gives it to training: numbers as float64 with NaN where one is
missing, text as objects with NaN.
"""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from include.names import shown
from serving.refusal import Refusal, list_names, with_nearest
from serving.signature import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from serving.signature import Signature

_LONGEST = 60  # characters of a value in a message
_NONE = type(None)


def check_names(found: Collection[str], signature: Signature, extras: Collection[str]) -> None:
    """Make sure that a request has the columns of the signature, and no unknown ones.

    :param found: the names in the request.
    :param signature: what has to be there.
    :param extras: what may be there besides: entity, row key and time.
    :raises Refusal: naming what is missing, and each unknown name with the nearest known one.
    """
    missing = [name for name in signature.names if name not in found]
    unknown = [name for name in found if name not in signature.kinds and name not in extras]
    if not missing and not unknown:
        return
    parts = [f"missing: {list_names(missing)}"] if missing else []
    if unknown:
        parts.append(f"unknown: {with_nearest(unknown, [*signature.names, *extras])}")
    expected = ", ".join(map(shown, signature.names))
    raise Refusal(f"the columns do not fit the model ({'; '.join(parts)}): expected {expected}")


def build_frame(columns: Mapping[str, Sequence[Any] | pa.Array], signature: Signature) -> pd.DataFrame:
    """Return the frame of shape (n, number of columns), in the order that the model was fitted on.

    :param columns: the values of each column, as JSON or Arrow has them; there may be others.
    :param signature: which columns, and of which types.
    :raises Refusal: naming the first value that is not of its column's type.
    """
    arrays = [read_column(name, columns[name], kind) for name, kind in signature.columns]
    # What the constructor does, without finding out, value by value, that an array of objects holds text.
    rows = pd.RangeIndex(len(arrays[0]))
    make: Callable[..., pd.DataFrame] = pd.DataFrame._from_arrays  # type: ignore[attr-defined]
    return make(arrays, signature.index, rows, verify_integrity=False)


def read_column(name: str, values: Sequence[Any] | pa.Array, kind: str) -> np.ndarray:
    """Return one column as NumPy has it, of shape (n,).

    :param name: for messages.
    :param values: as JSON or Arrow has them.
    :param kind: its type, a key of :data:`serving.signature.KINDS`.
    :raises Refusal: naming the first value that is not of the type.
    """
    if isinstance(values, pa.Array):
        return _from_arrow(name, values, kind)
    allowed, convert = _CONVERTERS[kind]
    found = set(map(type, values))
    if not found <= allowed:
        row = next(number for number, value in enumerate(values) if type(value) not in allowed)
        raise _wrong(name, row, values[row], kind)
    if kind == "string":
        return _objects(values, missing=_NONE in found)
    try:
        array = convert(values)
    except (OverflowError, ValueError) as error:
        row = next((number for number, value in enumerate(values) if _fails(convert, value)), 0)
        raise _wrong(name, row, values[row], kind) from error
    # JSON holds nothing that is infinite as float64, and orjson refuses what would be.
    if kind == "float" and (infinite := np.isinf(array)).any():
        row = int(infinite.argmax())
        raise _wrong(name, row, values[row], kind)
    return array


def _from_arrow(name: str, values: pa.Array, kind: str) -> np.ndarray:
    if values.null_count and kind in {"boolean", "integer", "long"}:
        raise _wrong(name, int(np.asarray(values.is_null()).argmax()), None, kind)
    if kind == "string":
        return _objects(values.to_pylist(), missing=values.null_count > 0)
    array: np.ndarray = values.to_numpy(zero_copy_only=False)
    if kind in {"double", "float"}:
        odd = ~np.isfinite(array) & ~np.asarray(values.is_null())
        if odd.any():
            row = int(odd.argmax())
            raise _wrong(name, row, float(array[row]), kind)
    return array


def _objects(values: Sequence[str | None], *, missing: bool) -> np.ndarray:
    """Return text as objects, with NaN where it is missing."""
    array = np.array(values, dtype=object)
    if missing:
        array[[value is None for value in values]] = np.nan
    return array


def _to(dtype: str) -> Callable[[Sequence[Any]], np.ndarray]:
    def convert(values: Sequence[Any]) -> np.ndarray:
        with np.errstate(over="ignore"):  # what became infinite is found afterwards
            return np.array(values, dtype=dtype)

    return convert


_CONVERTERS: dict[str, tuple[set[type], Callable[[Sequence[Any]], np.ndarray]]] = {
    "double": ({float, int, _NONE}, _to("float64")),
    "float": ({float, int, _NONE}, _to("float32")),
    "long": ({int}, _to("int64")),
    "integer": ({int}, _to("int32")),
    "boolean": ({bool}, _to("bool")),
    "string": ({str, _NONE}, _to("object")),
    "datetime": ({str, _NONE}, _to("datetime64[us]")),
}


def _fails(convert: Callable[[Sequence[Any]], np.ndarray], value: Any) -> bool:
    try:
        convert([value])
    except (OverflowError, ValueError):
        return True
    return False


def _wrong(name: str, row: int, value: Any, kind: str) -> Refusal:
    shorten = reprlib.repr if isinstance(value, list | dict) else repr  # which goes as deep as a request does
    found = "null" if value is None else shorten(value)
    found = found if len(found) <= _LONGEST else f"{found[:_LONGEST]}..."
    missing = "" if kind in {"boolean", "integer", "long"} else ", or null where it is missing"
    return Refusal(f"column {shown(name)}, row {row}: found {found}, expected {KINDS[kind]}{missing}")
