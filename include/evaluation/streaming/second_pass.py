"""The second pass: influence values looked up by bin, and summed by bucket of the entity.

What adds up here are integers (:mod:`include.evaluation.streaming.fixed_point`), so the sums of chunks,
workers and partitions are the same to the last bit in any order, and however the rows are spread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from include.errors import DataError
from include.evaluation.buckets import BUCKETS
from include.evaluation.measures.likelihoods import THRESHOLD
from include.evaluation.metrics import MEASURES
from include.evaluation.streaming.bins import assign_bins
from include.evaluation.streaming.calibration import CALIBRATION, PARTS
from include.evaluation.streaming.first_pass import place, refuse_other_plan
from include.evaluation.streaming.fixed_point import fit_unit, sum_units, to_units
from include.evaluation.streaming.weighing import shares_of_heaviest, weight_units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.evaluation.streaming.first_pass import Lookup
    from include.evaluation.streaming.plan import Chunk, Cut, Plan

Sums = dict[tuple[str, ...], np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class BucketSums:
    """Sums by bucket, all of them int64.

    :param plan: what is measured.
    :param influences: by cut, model and metric, of shape (groups, buckets), in units: the influence on a
        ranking metric, the value of a row of which a metric is the mean; for the calibration error of shape
        (groups, 2, 15, buckets), how far scores exceed labels by part, and rows.
    :param labels: rows of each class by cut, of shape (groups, 2, buckets).
    :param weights: where rows have weights, those of each class by cut, in units, of the shape of ``labels``;
        else empty. What a row adds to ``influences`` is then multiplied by its share of the heaviest one's
        weight, and so are the rows of the calibration error.
    :param differing: rows that a pair of models decides differently by cut and pair, and those that a model
        decides positive by cut and model, of shape (groups, buckets).
    """

    plan: Plan
    influences: Sums
    labels: Sums
    differing: Sums
    weights: Sums = field(default_factory=dict)

    def __add__(self, other: BucketSums) -> BucketSums:
        """Return the sums over the rows of both, which must come from the same lookups.

        :raises DataError: they sum other things.
        """
        refuse_other_plan(self.plan, other.plan)
        parts = (
            {key: found + theirs[key] for key, found in ours.items()}
            for ours, theirs in (
                (self.influences, other.influences),
                (self.labels, other.labels),
                (self.differing, other.differing),
                (self.weights, other.weights),
            )
        )
        influences, labels, differing, weights = parts
        return BucketSums(
            plan=self.plan, influences=influences, labels=labels, differing=differing, weights=weights
        )

    def add(self, chunk: Chunk, lookups: Mapping[tuple[str, str], Lookup]) -> None:
        """Sum the rows of a chunk, too.

        :param chunk: the rows, with their buckets.
        :param lookups: what the first pass over the whole stream tabulated.
        :raises DataError: the chunk has no buckets.
        """
        for piece in chunk.pieces():
            if piece.buckets is None:
                raise DataError("a second pass sums by bucket: give each chunk the buckets of its entities")
            places = {name: _bucket_places(piece, name, cut) for name, cut in self.plan.cuts.items()}
            shares = shares_of_heaviest(piece, self.plan)
            for name, cut in self.plan.cuts.items():
                self._count(piece, name, cut, places[name], shares)
            for name, cut, model in self.plan.each():
                lookup = lookups.get((name, model))
                self._sum(piece, (name, model), cut, places[name], lookup, shares=shares)

    def _count(
        self, piece: Chunk, name: str, cut: Cut, places: np.ndarray, shares: np.ndarray | None
    ) -> None:
        """Count rows of each class, and those that two models decide differently."""
        labels, by_class = self.labels[name,], _kind_places(piece.target == 1, 2, places, cut)
        labels += _count(by_class, labels.shape)
        if shares is not None:
            weights = self.weights[name,]
            weights += sum_units(by_class, weight_units(shares), weights.size).reshape(weights.shape)
        positive = {model: piece.scores[model] > THRESHOLD for model in self.plan.models}
        chosen = {(model,): found for model, found in positive.items()} | {
            (one, other): positive[one] != positive[other] for one, other in self.plan.pairs
        }
        for key, rows in chosen.items():
            differing = self.differing[name, *key]
            differing += _count(places[rows], differing.shape)

    def _sum(
        self,
        piece: Chunk,
        key: tuple[str, str],
        cut: Cut,
        places: np.ndarray,
        lookup: Lookup | None,
        *,
        shares: np.ndarray | None,
    ) -> None:
        """Sum what one model's scores do to each metric of a cut."""
        scores = piece.scores[key[1]]
        found = place(piece, key[0], cut, assign_bins(scores, cut.shift).bins) if lookup else None
        for metric in cut.metrics:
            into, where = self.influences[*key, metric], places
            if lookup and metric in lookup.influences:
                units = lookup.influences[metric][found]
                if shares is not None:
                    units = np.rint(units * shares)
            elif lookup and metric == CALIBRATION and lookup.parts is not None:
                into, counts = into[:, 0], into[:, 1]
                where = _kind_places(lookup.parts[found], PARTS, places, cut)
                units = to_units(_weigh(scores - piece.target, shares), unit_of(metric))
                if shares is None:
                    counts += _count(where, counts.shape)
                else:
                    counts += sum_units(where, weight_units(shares), counts.size).reshape(counts.shape)
            else:
                values = MEASURES[metric].values
                if values is None:
                    raise KeyError(f"{metric} has no streaming form")
                units = to_units(_weigh(values(piece.target, scores), shares), unit_of(metric))
            into += sum_units(where, units, into.size).reshape(into.shape)


def sum_rows(chunks: Iterable[Chunk], plan: Plan, lookups: Mapping[tuple[str, str], Lookup]) -> BucketSums:
    """Sum the rows of all chunks: the second pass.

    :param chunks: the stream again, with buckets.
    :param plan: what is measured.
    :param lookups: what the first pass tabulated.
    """
    found = no_sums(plan)
    for chunk in chunks:
        found.add(chunk, lookups)
    return found


def no_sums(plan: Plan) -> BucketSums:
    """Return the sums of no rows.

    :param plan: what is measured.
    """
    return BucketSums(
        plan=plan,
        influences={
            (name, model, metric): np.zeros(
                (cut.groups, 2, PARTS, BUCKETS) if metric == CALIBRATION else (cut.groups, BUCKETS),
                dtype=np.int64,
            )
            for name, cut, model in plan.each()
            for metric in cut.metrics
        },
        labels={(name,): np.zeros((cut.groups, 2, BUCKETS), np.int64) for name, cut in plan.cuts.items()},
        weights={
            (name,): np.zeros((cut.groups, 2, BUCKETS), np.int64)
            for name, cut in plan.cuts.items()
            if plan.heaviest is not None
        },
        differing={
            (name, *pair): np.zeros((cut.groups, BUCKETS), np.int64)
            for name, cut in plan.cuts.items()
            for pair in (*((model,) for model in plan.models), *plan.pairs)
        },
    )


def unit_of(metric: str) -> float:
    """Return what a unit is worth in sums of a value per row.

    :param metric: the metric.
    """
    return fit_unit(MEASURES[metric].widest)


def _weigh(values: np.ndarray, shares: np.ndarray | None) -> np.ndarray:
    return values if shares is None else values * shares


def _bucket_places(piece: Chunk, name: str, cut: Cut) -> np.ndarray:
    """Return where each row stands in an array of shape (groups, buckets), int64 of shape (m,)."""
    buckets = np.asarray(piece.buckets).astype(np.int64, copy=False)
    return buckets if cut.groups == 1 else piece.groups[name].astype(np.int64) * BUCKETS + buckets


def _kind_places(kinds: np.ndarray, count: int, places: np.ndarray, cut: Cut) -> np.ndarray:
    """Return where each row stands in an array of shape (groups, kinds, buckets), int64 of shape (m,)."""
    within: np.ndarray = kinds * np.int64(BUCKETS) + places
    return within if cut.groups == 1 else within + (places // BUCKETS) * ((count - 1) * BUCKETS)


def _count(places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return how many rows stand in each place of an array of some shape."""
    return np.bincount(places, minlength=math.prod(shape)).reshape(shape)
