"""The groups of the sensitive attributes, on which a candidate must not be worse than the champion."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from include.data.arrow_numpy import to_numpy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.evaluation.bootstrap import Estimate

MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One group of test rows.

    :param column: the sensitive attribute.
    :param group: the group in words, such as ``2`` or ``[30, 40)``.
    :param rows: places of its rows in the test set, integers of shape (k,).
    """

    column: str
    group: str
    rows: np.ndarray

    @property
    def name(self) -> str:
        """The slice as every report calls it, such as ``sex=2`` or ``age [30, 40)``."""
        return f"{self.column} {self.group}" if self.group[:1] in "[<>" else f"{self.column}={self.group}"


@dataclass(frozen=True, kw_only=True)
class SliceResult:
    """What was found on one slice, in the primary metric.

    :param name: the slice, such as ``sex=2``.
    :param rows: its test rows.
    :param positives: those of class 1.
    :param candidate: the candidate's value; None when the slice is too small to judge.
    :param champion: the champion's value; None without a champion too.
    :param gain: how much better the candidate is (above 0: better, whatever the metric), with its interval.
    :param note: why the slice can't be judged; empty when it can.
    """

    name: str
    rows: int
    positives: int
    candidate: float | None = None
    champion: float | None = None
    gain: Estimate | None = None
    note: str = ""


def cut_slices(table: pa.Table, config: ModelConfig) -> list[Slice]:
    """Cut the test set into the groups of each sensitive attribute, in the order of ``model.yaml``.

    Categories are groups as they are, in alphabetical order. Numbers are cut at ``bands``, a band holds its
    lower end. Missing values are a group of their own.

    :param table: the sensitive columns of the test set, n rows.
    :param config: the model's configuration.
    """
    slices = []
    for column, sensitive in config.sensitive.items():
        values = table[column].combine_chunks()
        groups = _bands(values, sensitive.bands) if column in config.features.numeric else _categories(values)
        slices += [Slice(column=column, group=group, rows=rows) for group, rows in groups if len(rows)]
    return slices


def explain_smallness(rows: int, positives: int, config: ModelConfig) -> str:
    """Return why a slice can't be judged, or nothing when it can.

    :param rows: rows of the slice.
    :param positives: those of class 1.
    :param config: the model's configuration.
    """
    if rows < config.gate.slices.min_rows:
        return f"too few rows: {rows}, expected {config.gate.slices.min_rows} (gate.slices.min_rows)"
    if positives in {0, rows}:
        return f"one class: {positives} positives in {rows} rows"
    return ""


def _categories(values: pa.Array) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each category with the places of its rows."""
    import numpy as np

    encoded = values.dictionary_encode()
    names: list[str] = encoded.dictionary.to_pylist()
    missing = len(names)
    codes = to_numpy(encoded.indices.fill_null(missing))
    for code in sorted(range(missing), key=names.__getitem__):
        yield names[code], np.flatnonzero(codes == code)
    yield MISSING, np.flatnonzero(codes == missing)


def _bands(values: pa.Array, cuts: Sequence[float]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each band with the places of its rows."""
    import numpy as np

    numbers = to_numpy(values.fill_null(float("nan")))
    band = np.searchsorted(np.asarray(cuts), numbers, side="right")
    ends = [f"{cut:g}" for cut in cuts]
    names = [
        f"< {ends[0]}",
        *(f"[{low}, {high})" for low, high in pairwise(ends)),
        f">= {ends[-1]}",
    ]
    missing = np.isnan(numbers)
    for number, name in enumerate(names):
        yield name, np.flatnonzero((band == number) & ~missing)
    yield MISSING, np.flatnonzero(missing)
