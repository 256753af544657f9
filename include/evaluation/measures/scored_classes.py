"""Labelled rows of three classes or more with the probabilities that one model gives."""

from __future__ import annotations

from include.evaluation.measures.scored_rows import ScoredRows


class ScoredClasses(ScoredRows):
    """Labelled rows with the probability of each class.

    ``target`` holds the number of each row's class, integers 0 ... k - 1 of shape (n,), and ``scores`` has
    the shape (n, k).
    """
