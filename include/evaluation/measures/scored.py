"""Labelled rows with the scores of one model, sorted once for all metrics and slices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.data.weights import relative_weights
from include.evaluation.measures.scored_rows import ScoredRows, pick_groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.config.gate_schema import Costs


class Steps(NamedTuple):
    """Some of the steps of :class:`Ordered`, lowest first, integers of shape (s,).

    :param begins: place of the first row of each.
    :param ends: place after its last row.
    :param found: how many of its rows are of class 1.
    """

    begins: np.ndarray
    ends: np.ndarray
    found: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Ordered:
    """Rows in the order of their scores, lowest first; equal scores are one step.

    :param rows: place of each row in that order, integers of shape (n,); None where they were given in order.
    :param positive: whether it is of class 1, booleans of shape (n,).
    :param step: number of its step, never falling, integers of shape (n,); None where no scores are equal.
    """

    rows: np.ndarray | None
    positive: np.ndarray
    step: np.ndarray | None

    @cached_property
    def positives(self) -> np.ndarray:
        """Places of the rows of class 1 in that order, rising, int64 of shape (p,)."""
        return np.flatnonzero(self.positive)

    @cached_property
    def held(self) -> Steps:
        """The steps that hold a row of class 1."""
        if self.step is None:
            return Steps(self.positives, self.positives + 1, np.ones(len(self.positives), dtype=np.int64))
        held, found = np.unique(self.step[self.positives], return_counts=True)
        begins, ends = (self.step.searchsorted(held, side) for side in ("left", "right"))
        return Steps(begins, ends, found)

    def as_given(self, values: np.ndarray) -> np.ndarray:
        """Return values of rows in the order in which the rows were given.

        :param values: in the order of the scores, float64 of shape (n,).
        """
        if self.rows is None:
            return values
        given = np.empty(len(values))
        given[self.rows] = values
        return given


class Scored(ScoredRows):
    """Labelled rows of two classes with the scores of one model.

    ``target`` is 0 or 1 of shape (n,), and ``scores`` are probabilities of class 1, float64 of shape (n,).

    :param costs: what wrong decisions cost; None where nobody says.
    """

    costs: Costs | None

    def __init__(
        self,
        target: np.ndarray,
        scores: np.ndarray,
        groups: np.ndarray | None = None,
        weights: np.ndarray | None = None,
        *,
        costs: Costs | None = None,
    ) -> None:
        super().__init__(target, scores, groups, weights)
        self.costs = costs

    def _like(
        self,
        target: np.ndarray,
        scores: np.ndarray,
        groups: np.ndarray | None,
        weights: np.ndarray | None,
    ) -> Scored:
        return Scored(target, scores, groups, weights, costs=self.costs)

    @cached_property
    def ordered(self) -> Ordered:
        """The rows in the order of their scores. Which of two equal scores comes first is left open."""
        scores, rows = self.ordered_scores, self._order
        rises = scores[1:] != scores[:-1]
        step = None if rises.all() else np.cumsum(np.append(False, rises), dtype=np.int32)
        return Ordered(rows=rows, positive=self.target[rows] == 1, step=step)

    @cached_property
    def ordered_scores(self) -> np.ndarray:
        """The scores, lowest first, float64 of shape (n,)."""
        scores: np.ndarray = self.scores[self._order]
        return scores

    @cached_property
    def ordered_groups(self) -> np.ndarray | None:
        """The entities of the rows in the order of their scores, integers of shape (n,)."""
        return None if self.groups is None else self.groups[self._order]

    @cached_property
    def ordered_weights(self) -> np.ndarray | None:
        """The weights of the rows in the order of their scores, of mean 1, float64 of shape (n,)."""
        return None if self.weights is None else self.weights[self._order]

    @cached_property
    def _order(self) -> np.ndarray:
        return np.argsort(self.scores)

    def split(self, parts: np.ndarray, count: int) -> Iterator[Scored]:
        """Yield the rows of each part, which inherit the order: nothing is sorted again.

        :param parts: number of each row's part, integers 0 ... ``count`` of shape (n,); the last is left out.
        :param count: how many parts there are.
        """
        rows = self.ordered.rows
        codes = parts.astype(np.min_scalar_type(count), copy=False)
        inside = codes if rows is None else codes[rows]
        for code in range(count):
            yield _Part(self, np.flatnonzero(inside == code))


class _Part(Scored):
    """Some of the rows of others, in the order of their scores; what nobody asks for is not looked up.

    :param whole: the others.
    :param places: where the rows stand in the order of their scores, integers of shape (k,), rising.
    """

    def __init__(self, whole: Scored, places: np.ndarray) -> None:
        self._whole = whole
        self._places = places
        self.costs = whole.costs

    def __len__(self) -> int:
        return len(self._places)

    @cached_property
    def _rows(self) -> np.ndarray:
        """Where they stand as they were given."""
        rows = self._whole.ordered.rows
        return self._places if rows is None else rows[self._places]

    @cached_property
    def target(self) -> np.ndarray:  # type: ignore[override]
        return self.ordered.positive.view(np.int8)

    @property
    def scores(self) -> np.ndarray:  # type: ignore[override]
        return self.ordered_scores

    @property
    def groups(self) -> np.ndarray:  # type: ignore[override]
        return self.ordered_groups

    @cached_property
    def ordered_scores(self) -> np.ndarray:
        scores: np.ndarray = self._whole.ordered_scores[self._places]
        return scores

    @cached_property
    def ordered_groups(self) -> np.ndarray:
        groups = self._whole.ordered_groups
        return pick_groups(None, self._rows) if groups is None else pick_groups(groups, self._places)

    @property
    def weights(self) -> np.ndarray | None:  # type: ignore[override]
        return self.ordered_weights

    @cached_property
    def ordered_weights(self) -> np.ndarray | None:
        weights = self._whole.ordered_weights
        return None if weights is None else relative_weights(weights[self._places])

    @cached_property
    def ordered(self) -> Ordered:
        whole = self._whole.ordered
        step = None if whole.step is None else whole.step[self._places]
        return Ordered(rows=None, positive=whole.positive[self._places], step=step)
