"""Labelled rows with what one model says of them: what every task has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from include.data.weights import relative_weights

if TYPE_CHECKING:
    from collections.abc import Iterator

_SMALL = 8  # a part with so many times more numbers for entities than rows has them numbered anew


class ScoredRows:
    """Labelled rows with the answers of one model.

    :param target: a number for each row, of shape (n,), at least one row; its meaning is the task's.
    :param scores: what the model says, float64 of shape (n,) or (n, k).
    :param groups: number of each row's entity, integers 0 ... g - 1 of shape (n,); None where each row is one
        of its own.
    :param weights: how much each row counts, above 0, float64 of shape (n,), in whatever unit; None where all
        count the same.
    :ivar weights: the same as multiples of their mean.
    """

    target: np.ndarray
    scores: np.ndarray
    groups: np.ndarray | None
    weights: np.ndarray | None

    def __init__(
        self,
        target: np.ndarray,
        scores: np.ndarray,
        groups: np.ndarray | None = None,
        weights: np.ndarray | None = None,
    ) -> None:
        self.target = target
        self.scores = scores
        self.groups = groups
        self.weights = None if weights is None else relative_weights(weights)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.target)

    def pick(self, rows: np.ndarray) -> Self:
        """Return some of the rows.

        :param rows: their places, integers of shape (m,).
        """
        weights = None if self.weights is None else self.weights[rows]
        return self._like(self.target[rows], self.scores[rows], pick_groups(self.groups, rows), weights)

    def answered(self, scores: np.ndarray) -> Self:
        """Return the same rows with other answers.

        :param scores: of the same shape.
        """
        return self._like(self.target, scores, self.groups, self.weights)

    def _like(
        self,
        target: np.ndarray,
        scores: np.ndarray,
        groups: np.ndarray | None,
        weights: np.ndarray | None,
    ) -> Self:
        """Return other rows with what else a task asks of them; a task that asks anything adds it here."""
        return type(self)(target, scores, groups, weights)

    def split(self, parts: np.ndarray, count: int) -> Iterator[ScoredRows]:
        """Yield the rows of each part.

        :param parts: number of each row's part, integers 0 ... ``count`` of shape (n,); the last is left out.
        :param count: how many parts there are.
        """
        for code in range(count):
            yield self.pick(np.flatnonzero(parts == code))


def pick_groups(groups: np.ndarray | None, rows: np.ndarray) -> np.ndarray:
    """Return the entities of some rows as numbers, the same ones in whichever order the rows come.

    :param groups: number of each row's entity, integers of shape (n,); None where each row is one of its own.
    :param rows: places of the rows, integers of shape (k,).
    :return: integers of shape (k,).
    """
    found: np.ndarray = rows if groups is None else groups[rows]
    if len(found) and _SMALL * len(found) < found.max():
        found = np.unique(found, return_inverse=True)[1]
    return found
