"""Targets of three classes or more: texts, each of which is listed in ``target.classes``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from include.data.arrow_numpy import to_arrow, to_numpy
from include.data.targets.base import TargetKind
from include.errors import DataError
from include.names import shown, shown_all

if TYPE_CHECKING:
    from include.config.schema import ModelConfig

_SHOWN = 5


def _read(column: pa.ChunkedArray | pa.Array, config: ModelConfig) -> np.ndarray:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = whole.dictionary_encode()
    names: list[str] = encoded.dictionary.to_pylist()
    known = {name: code for code, name in enumerate(config.target.classes)}
    unknown = sorted(name for name in names if name not in known)
    if unknown:
        rows = int(np.isin(to_numpy(encoded.indices), [names.index(name) for name in unknown]).sum())
        raise DataError(
            f"{rows} of {len(column)} are of no class in target.classes (found "
            f"{', '.join(shown_all(unknown[:_SHOWN]))}; listed are "
            f"{', '.join(shown_all(config.target.classes))})"
        )
    codes = np.array([known[name] for name in names], dtype=np.int16)
    found: np.ndarray = codes[to_numpy(encoded.indices)] if names else np.empty(0, dtype=np.int16)
    return found


def _write(values: np.ndarray, config: ModelConfig) -> pa.Array:
    names = pa.array(config.target.classes, type=pa.string())
    return names.take(to_arrow(values))


def _classes(config: ModelConfig) -> tuple[str, ...]:
    return tuple(f"{shown(config.target.column)} = {name}" for name in shown_all(config.target.classes))


def _describe(values: np.ndarray, config: ModelConfig, weights: np.ndarray | None = None) -> dict[str, Any]:
    count = len(config.target.classes)
    found = {"counts": np.bincount(values, minlength=count).tolist()}
    if weights is None:
        return found
    return found | {"shares": (np.bincount(values, weights, count) / weights.sum()).tolist()}


MULTICLASS = TargetKind(
    name="multiclass",
    read=_read,
    write=_write,
    classes=_classes,
    describe=_describe,
)
