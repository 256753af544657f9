"""The groups of the sensitive attributes, on which a candidate must not be worse than the champion."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from include.data.arrow_numpy import to_numpy
from include.names import MISSING, quoted, shown, shown_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from include.config.data_schema import Sensitive
    from include.config.schema import ModelConfig
    from include.evaluation.confidence_interval import ConfidenceInterval

_LONG = 1e15  # whole numbers from here on are written as powers of ten
_SIGNS = frozenset("=[<>")  # what may follow the column in the name of a slice


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One group of test rows.

    :param column: the sensitive attribute.
    :param group: the category as the data has it, the band as :func:`name_bands` calls it, or None for the
        missing values.
    :param name: the slice as every report calls it, such as ``sex=2`` or ``age [30, 40)``; no two of a model
        have the same.
    :param rows: places of its rows in the test set, integers of shape (k,).
    """

    column: str
    group: str | None
    name: str
    rows: np.ndarray


@dataclass(frozen=True, kw_only=True)
class SliceResult:
    """What was found on one slice, in the primary metric.

    :param name: the slice, such as ``sex=2``.
    :param rows: its test rows.
    :param positives: those of class 1; None where there are not two classes.
    :param candidate: the candidate's value; None when the slice is too small to evaluate.
    :param champion: the champion's value; None without a champion too.
    :param gain: how much better the candidate is (above 0: better, whatever the metric), with its interval.
    :param note: why the slice can't be evaluated; empty when it can.
    """

    name: str
    rows: int
    positives: int | None
    candidate: float | None = None
    champion: float | None = None
    gain: ConfidenceInterval | None = None
    note: str = ""


def cut_slices(
    table: pa.Table, config: ModelConfig, *, by: Mapping[str, Sensitive] | None = None
) -> list[Slice]:
    """Cut the test set into the groups of each sensitive attribute, in the order of ``model.yaml``.

    Categories are groups as they are, in alphabetical order. Numbers are cut at ``bands``, a band holds its
    lower end. Missing values are a group of their own.

    :param table: the sensitive columns of the test set, n rows.
    :param config: the model's configuration.
    :param by: the columns to cut by, where they are others than ``sensitive``.
    """
    slices = []
    for column, sensitive in (config.sensitive if by is None else by).items():
        values = table[column].combine_chunks()
        banded = column in config.features.numeric
        found = _bands(values, sensitive.bands) if banded else _categories(values)
        groups = [(group, rows) for group, rows in found if len(rows)]
        names = name_groups(column, [group for group, _ in groups], banded=banded)
        slices += [
            Slice(column=column, group=group, name=name, rows=rows)
            for name, (group, rows) in zip(names, groups, strict=True)
        ]
    return slices


def name_bands(cuts: Sequence[float]) -> list[str]:
    """Return the names of the bands between cuts, lowest first: each end with all of its digits.

    :param cuts: increasing finite numbers, at least one.
    """
    ends = [str(int(cut)) if cut.is_integer() and abs(cut) < _LONG else repr(cut) for cut in map(float, cuts)]
    return [f"< {ends[0]}", *(f"[{low}, {high})" for low, high in pairwise(ends)), f">= {ends[-1]}"]


def explain_smallness(rows: int, positives: int, config: ModelConfig) -> str:
    """Return why a slice of two classes can't be evaluated, or nothing when it can.

    :param rows: rows of the slice.
    :param positives: those of class 1.
    :param config: the model's configuration.
    """
    return explain_few_rows(rows, config) or explain_one_class(positives, rows)


def explain_few_rows(rows: int, config: ModelConfig) -> str:
    """Return why a slice has too few rows, or nothing when it has enough."""
    if rows < config.gate.slices.min_rows:
        return f"too few rows: {rows}, expected {config.gate.slices.min_rows} (gate.slices.min_rows)"
    return ""


def explain_one_class(positives: int, rows: int) -> str:
    """Return why some rows of two classes tell nothing, or nothing when they do."""
    return f"one class: {positives} positives in {rows} rows" if positives in {0, rows} else ""


def name_groups(column: str, groups: Sequence[str | None], *, banded: bool) -> list[str]:
    """Return the names of the slices of one column, in order; missing values have a word of ours."""
    head = quoted(column) if _SIGNS.intersection(column) else shown(column)
    known = [group for group in groups if group is not None]
    texts = dict(zip(known, known if banded else shown_all(known), strict=True))
    return [
        f"{head}={MISSING}"
        if group is None
        else f"{head} {texts[group]}"
        if banded
        else f"{head}={texts[group]}"
        for group in groups
    ]


def _categories(values: pa.Array) -> Iterator[tuple[str | None, np.ndarray]]:
    """Yield each category with the places of its rows, the missing values last."""
    encoded = values.dictionary_encode()
    names: list[str] = encoded.dictionary.to_pylist()
    missing = len(names)
    codes = to_numpy(encoded.indices.fill_null(missing))
    for code in sorted(range(missing), key=names.__getitem__):
        yield names[code], np.flatnonzero(codes == code)
    yield None, np.flatnonzero(codes == missing)


def _bands(values: pa.Array, cuts: Sequence[float]) -> Iterator[tuple[str | None, np.ndarray]]:
    """Yield each band with the places of its rows, the missing values last."""
    numbers = to_numpy(values.fill_null(float("nan")))
    band = np.searchsorted(np.asarray(cuts), numbers, side="right")
    missing = np.isnan(numbers)
    for number, name in enumerate(name_bands(cuts)):
        yield name, np.flatnonzero((band == number) & ~missing)
    yield None, np.flatnonzero(missing)
