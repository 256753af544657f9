"""Rows whose target is a number with what one model predicts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from include.evaluation.measures.scored_rows import ScoredRows

if TYPE_CHECKING:
    import numpy as np


class ScoredNumbers(ScoredRows):
    """Rows with a number and its prediction, both float64 of shape (n,).

    :param quantile: which quantile the predictions are meant for; 0.5 is the median.
    """

    def __init__(
        self,
        target: np.ndarray,
        scores: np.ndarray,
        groups: np.ndarray | None = None,
        weights: np.ndarray | None = None,
        *,
        quantile: float = 0.5,
    ) -> None:
        super().__init__(target, scores, groups, weights)
        self.quantile = quantile

    @cached_property
    def errors(self) -> np.ndarray:
        """How far each prediction lies above the target, float64 of shape (n,)."""
        errors: np.ndarray = self.scores - self.target
        return errors

    def _like(
        self,
        target: np.ndarray,
        scores: np.ndarray,
        groups: np.ndarray | None,
        weights: np.ndarray | None,
    ) -> Self:
        return type(self)(target, scores, groups, weights, quantile=self.quantile)
