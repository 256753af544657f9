"""The first pass: how many rows of each class every bin holds, and the influence values that follow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from include.errors import DataError
from include.evaluation.streaming.bins import assign_bins, count_bins, middles
from include.evaluation.streaming.calibration import CALIBRATION, PARTS, cut_parts, cut_parts_by_weight
from include.evaluation.streaming.fixed_point import fit_unit, to_units
from include.evaluation.streaming.ranking import RANKINGS, Table
from include.evaluation.streaming.weighing import WEIGHT_UNIT, shares_of_heaviest, weight_units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.evaluation.streaming.plan import Chunk, Cut, Plan

NONE, SPREAD = -1, -2
"""A bin without a score, and one that holds different scores."""
_PRECISION = "average_precision"
_BINNED = {*RANKINGS, CALIBRATION}


@dataclass(frozen=True, kw_only=True, eq=False)
class Counts:
    """Rows by cut, model, group, class and bin: integers, so that any order of adding gives the same.

    :param plan: what is measured.
    :param counts: by cut and model, int64 of shape (groups, 2, bins); cuts without a binned metric have none.
    :param within: what the scores in a bin have in common, int16 of shape (groups, bins): the part of a score
        that the bin leaves, :data:`NONE` or :data:`SPREAD`.
    :param squares: where rows have weights, ``counts`` are sums of them in units
        (:mod:`include.evaluation.streaming.weighing`), and these are sums of their squares; else empty.
    """

    plan: Plan
    counts: dict[tuple[str, str], np.ndarray]
    within: dict[tuple[str, str], np.ndarray]
    squares: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of the rows of both.

        :raises DataError: they count other things.
        """
        refuse_other_plan(self.plan, other.plan)
        return Counts(
            plan=self.plan,
            counts={key: count + other.counts[key] for key, count in self.counts.items()},
            within={key: _in_common(one, other.within[key]) for key, one in self.within.items()},
            squares={key: one + other.squares[key] for key, one in self.squares.items()},
        )

    def add(self, chunk: Chunk) -> None:
        """Count the rows of a chunk, too.

        :param chunk: the rows; their buckets are not needed.
        """
        for piece in chunk.pieces():
            shares = shares_of_heaviest(piece, self.plan)
            units = 1 if shares is None else weight_units(shares)
            for (name, model), counts in self.counts.items():
                cut = self.plan.cuts[name]
                found = assign_bins(piece.scores[model], cut.shift)
                if _PRECISION in cut.metrics:
                    where = found.bins
                    if cut.groups > 1:
                        where = where + piece.groups[name].astype(np.int64) * counts.shape[2]
                    _meet(self.within[name, model].reshape(-1), where, found.within)
                places = place(piece, name, cut, found.bins)
                np.add.at(counts.reshape(-1), places, units)
                if shares is not None:
                    squares = self.squares[name, model].reshape(-1)
                    np.add.at(squares, places, weight_units(shares**2))

    def tabulate(self) -> dict[tuple[str, str], Lookup]:
        """Return the influence values by bin, for the second pass."""
        return {
            key: tabulate(self.plan.cuts[key[0]], counts, self.within[key] == SPREAD, self.squares.get(key))
            for key, counts in self.counts.items()
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Lookup:
    """What a row does to the binned metrics, by its group, class and bin.

    :param values: each ranking metric's value by group, float64 of shape (groups,).
    :param influences: influence in whole units, int32 of shape (groups * 2 * bins,).
    :param units: what a unit is worth.
    :param parts: part of the calibration error of each bin, uint8 of shape (groups * 2 * bins,); None where
        it is not measured.
    :param expected: variance that the number of positives has in each part if the model is calibrated,
        float64 of shape (groups, 15).
    """

    values: dict[str, np.ndarray]
    influences: dict[str, np.ndarray]
    units: dict[str, float]
    parts: np.ndarray | None = None
    expected: np.ndarray | None = None


def count_rows(chunks: Iterable[Chunk], plan: Plan) -> Counts:
    """Count the rows of all chunks: the first pass.

    :param chunks: the stream; without buckets.
    :param plan: what is measured.
    """
    found = no_counts(plan)
    for chunk in chunks:
        found.add(chunk)
    return found


def no_counts(plan: Plan) -> Counts:
    """Return the counts of no rows.

    :param plan: what is measured.
    """
    shapes = {
        (name, model): (cut.groups, count_bins(cut.shift))
        for name, cut, model in plan.each()
        if _BINNED.intersection(cut.metrics)
    }
    return Counts(
        plan=plan,
        counts={key: np.zeros((groups, 2, bins), np.int64) for key, (groups, bins) in shapes.items()},
        within={key: np.full(shape, NONE, np.int16) for key, shape in shapes.items()},
        squares={
            key: np.zeros((groups, 2, bins), np.int64)
            for key, (groups, bins) in shapes.items()
            if plan.heaviest is not None
        },
    )


def place(chunk: Chunk, name: str, cut: Cut, bins: np.ndarray) -> np.ndarray:
    """Return where each row stands in an array of shape (groups, 2, bins), int64 of shape (m,).

    :param chunk: the rows.
    :param name: name of the cut.
    :param cut: the cut.
    :param bins: the bin of each row; overwritten.
    """
    width = count_bins(cut.shift)
    bins += chunk.target.astype(np.int64) * width
    if cut.groups > 1:
        bins += chunk.groups[name].astype(np.int64) * (2 * width)
    return bins


def tabulate(cut: Cut, counts: np.ndarray, spread: np.ndarray, squares: np.ndarray | None = None) -> Lookup:
    """Return the influence values of one cut and model.

    :param cut: the cut.
    :param counts: int64 of shape (groups, 2, bins).
    :param spread: whether a bin holds different scores, booleans of shape (groups, bins).
    :param squares: where rows have weights, of which ``counts`` are the sums, those of their squares.
    """
    found = Lookup(values={}, influences={}, units={})
    for metric in RANKINGS.keys() & set(cut.metrics):
        tables = list(_tables(metric, counts, spread, squares))
        unit = fit_unit(max(_most(table) for _, table in tables))
        whole = np.zeros(counts.shape, dtype=np.int32)
        for group, (occupied, table) in enumerate(tables):
            whole[group, 0, occupied] = to_units(table.negative, unit)
            whole[group, 1, occupied] = to_units(table.positive, unit)
        found.values[metric] = np.array([table.value for _, table in tables])
        found.influences[metric], found.units[metric] = whole.reshape(-1), unit
    if CALIBRATION not in cut.metrics:
        return found
    parts, expected = np.zeros(counts.shape, dtype=np.uint8), np.zeros((len(counts), PARTS))
    middle = middles(cut.shift)
    for group, by_class in enumerate(counts):
        rows = by_class.sum(axis=0)
        parts[group] = (cut_parts(rows) if squares is None else cut_parts_by_weight(rows))[None]
        spreading = rows if squares is None else squares[group].sum(axis=0) * WEIGHT_UNIT
        expected[group] = np.bincount(parts[group, 0], spreading * middle * (1 - middle), PARTS)
    return replace(found, parts=parts.reshape(-1), expected=expected)


def _tables(
    metric: str, counts: np.ndarray, spread: np.ndarray, squares: np.ndarray | None
) -> Iterator[tuple[np.ndarray, Table]]:
    """Yield the occupied bins of each group, and the influence values in them."""
    for group, (by_class, mixed) in enumerate(zip(counts, spread, strict=True)):
        occupied = np.flatnonzero(by_class.sum(axis=0))
        rows, known = by_class[:, occupied], None
        if squares is not None:
            rows, known = rows * WEIGHT_UNIT, squares[group][:, occupied] * WEIGHT_UNIT
        yield occupied, RANKINGS[metric](rows, mixed[occupied], known)


def _meet(known: np.ndarray, where: np.ndarray, within: np.ndarray) -> None:
    """Note in place which bins hold more than one score, whatever the order in which they come."""
    before = known[where]
    undecided = np.flatnonzero(before != SPREAD)  # soon few are
    where, within, before = where[undecided], within[undecided], before[undecided]
    known[where] = within
    differs = (known[where] != within) | ((before != within) & (before != NONE))
    known[where[differs]] = SPREAD


def _in_common(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return what the scores of both have in common, by bin."""
    either = np.where(one == NONE, other, one)
    return np.where((other != NONE) & (other != either), SPREAD, either).astype(np.int16)


def _most(table: Table) -> float:
    return max(float(np.abs(part).max(initial=0.0)) for part in (table.negative, table.positive))


def refuse_other_plan(one: Plan, other: Plan) -> None:
    """Refuse to add sums of which each measures something else.

    :param one: a plan.
    :param other: another.
    :raises DataError: they differ.
    """
    if one.to_plain() != other.to_plain():
        raise DataError(
            f"sums of different plans don't add up: {one.to_plain()} and {other.to_plain()}; make both from "
            "the same models, metrics and slices"
        )
