"""Labelled rows with the scores of one model, sorted once for all metrics and slices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """Rows in the order of their scores, lowest first; equal scores are one step.

    :param rows: place of each row in that order, integers of shape (n,).
    :param positive: whether it is of class 1, booleans of shape (n,).
    :param scores: its score, float64 of shape (n,).
    :param sizes: rows on each step, integers of shape (d,).
    :param found: those of class 1.
    """

    rows: np.ndarray
    positive: np.ndarray
    scores: np.ndarray
    sizes: np.ndarray
    found: np.ndarray

    def spread_out(self, negative: np.ndarray, positive: np.ndarray) -> np.ndarray:
        """Return a value for each row, float64 of shape (n,), in the order in which the rows were given.

        :param negative: value of a row of class 0 on each step, float64 of shape (d,).
        :param positive: that of a row of class 1.
        """
        if len(self.sizes) < len(self.rows):
            negative, positive = (np.repeat(values, self.sizes) for values in (negative, positive))
        values = np.empty(len(self.rows))
        values[self.rows] = np.where(self.positive, positive, negative)
        return values


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """Labelled rows with the scores of one model.

    :param target: 0 or 1 of shape (n,), at least one row.
    :param scores: probabilities of class 1, float64 of shape (n,).
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,); None where each row is one
        of its own.
    :param in_order: whether the rows are sorted by their scores already, lowest first.
    """

    target: np.ndarray
    scores: np.ndarray
    groups: np.ndarray | None = None
    in_order: bool = False

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.target)

    @cached_property
    def ordered(self) -> Ordered:
        """The rows in the order of their scores. Which of two equal scores comes first is left open."""
        rows = np.arange(len(self)) if self.in_order else np.argsort(self.scores)
        scores, positive = (
            (self.scores, self.target)
            if self.in_order
            else (
                self.scores[rows],
                self.target[rows],
            )
        )
        positive = positive == 1
        ends = np.append(np.flatnonzero(scores[1:] != scores[:-1]), len(rows) - 1)
        found = np.cumsum(positive, dtype=np.int64)[ends]
        return Ordered(
            rows=rows,
            positive=positive,
            scores=scores,
            sizes=np.diff(ends, prepend=-1),
            found=np.diff(found, prepend=0),
        )

    def split(self, parts: np.ndarray, count: int) -> list[Scored]:
        """Return the rows of each part, which inherit the order: nothing is sorted again.

        :param parts: number of each row's part, integers 0 ... ``count`` of shape (n,); the last is left out.
        :param count: how many parts there are.
        """
        whole = self.ordered
        inside = parts.astype(np.uint8 if count < 1 << 8 else np.uint16)[whole.rows]
        places = np.argsort(inside, kind="stable")  # small integers: counted, not compared
        rows = whole.rows[places]
        bounds = np.searchsorted(inside[places], np.arange(count + 1))
        target, scores = whole.positive[places].astype(np.int8), whole.scores[places]
        groups = None if self.groups is None else self.groups[rows]
        return [
            Scored(
                target=target[one],
                scores=scores[one],
                groups=None if groups is None else groups[one],
                in_order=True,
            )
            for one in (slice(bounds[part], bounds[part + 1]) for part in range(count))
        ]
