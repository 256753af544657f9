"""How the scores of a delivery are spread: what a person looks at before anything else."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from include.errors import DataError
from include.names import shown
from include.reporting.numbers import show_number

if TYPE_CHECKING:
    from collections.abc import Sequence

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_SAMPLE = 1 << 18  # scores from which the quantiles are taken
_HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """The scores of one delivery in figures.

    :param rows: number of scores.
    :param mean: their mean.
    :param lowest: the smallest.
    :param highest: the largest.
    :param quantiles: quantile in percent, such as ``5``, to score; exact up to 262,144 rows, from every k-th
        row of a larger delivery.
    :param above_half: share of scores above 0.5, the rows that ``predict`` would call class 1; None where
        they are no probability of two classes.
    :param classes: class to the share of rows for which it is predicted, where there are more than two.
    :param words: what the figures are of.
    """

    rows: int
    mean: float
    lowest: float
    highest: float
    quantiles: dict[str, float]
    above_half: float | None
    classes: dict[str, float] = field(default_factory=dict)
    words: str = "scores"

    @property
    def constant(self) -> bool:
        """Whether every row has the same score, so that the model tells nobody from anybody else."""
        return self.lowest == self.highest

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    def to_metrics(self) -> dict[str, float]:
        """Return the figures as flat metrics, each named ``score_...``."""
        halves = {} if self.above_half is None else {"score_above_half": self.above_half}
        return {
            "scored_rows": float(self.rows),
            "score_mean": self.mean,
            "score_lowest": self.lowest,
            "score_highest": self.highest,
            **halves,
            **{f"score_q{int(name):02d}": value for name, value in self.quantiles.items()},
        }

    def to_text(self) -> str:
        """Return the figures as lines for a task log."""
        is_number = self.above_half is None and not self.classes
        show = show_number if is_number else "{:.4f}".format
        spread = "   ".join(f"{name} %: {show(value)}" for name, value in self.quantiles.items())
        more = "" if self.above_half is None else f", {self.above_half:.1%} above 0.5"
        more += "".join(f", {shown(name)} {share:.1%}" for name, share in self.classes.items())
        return (
            f"{self.rows:,} {self.words}, mean {show(self.mean)}{more}\n"
            f"  lowest: {show(self.lowest)}   {spread}   highest: {show(self.highest)}"
        )


class ScoreSummary:
    """Takes scores batch by batch and knows their distribution in the end; memory does not grow with them.

    Quantiles come from every k-th score. k begins with 1 and doubles whenever the sample has grown too large.

    :param words: what the figures are of.
    :param classes: the classes, where a row has a score for each of more than two.
    :param halves: whether scores are probabilities of one of two classes.
    """

    def __init__(self, *, words: str = "scores", classes: Sequence[str] = (), halves: bool = True) -> None:
        self._words, self._classes, self._halves = words, classes, halves
        self._predicted = np.zeros(len(classes), dtype=np.int64)
        self._stride = 1
        self._seen = 0
        self._above = 0
        self._sums: list[float] = []
        self._range = (math.inf, -math.inf)
        self._sample = np.empty(0)

    def add(self, scores: np.ndarray) -> None:
        """Take some scores.

        :param scores: float64 of shape (n,), finite; of shape (n, k) for k classes, of which the largest
            counts.
        """
        if not len(scores):
            return
        if self._classes:
            self._predicted += np.bincount(scores.argmax(axis=1), minlength=len(self._classes))
            scores = scores.max(axis=1)
        self._sums.append(float(scores.sum()))
        self._above += int((scores > _HALF).sum())
        lowest, highest = self._range
        self._range = (min(lowest, float(scores.min())), max(highest, float(scores.max())))
        self._sample = np.concatenate([self._sample, scores[-self._seen % self._stride :: self._stride]])
        while len(self._sample) > _SAMPLE:
            self._sample, self._stride = self._sample[::2], 2 * self._stride
        self._seen += len(scores)

    def result(self) -> Distribution:
        """Return the distribution of all scores taken.

        :raises DataError: there was none.
        """
        if not self._seen:
            raise DataError("there is no row to score: expected one at least; look at the delivery")
        values = np.quantile(self._sample, QUANTILES).tolist()
        return Distribution(
            rows=self._seen,
            mean=math.fsum(self._sums) / self._seen,
            lowest=self._range[0],
            highest=self._range[1],
            quantiles={f"{100 * level:g}": value for level, value in zip(QUANTILES, values, strict=True)},
            above_half=self._above / self._seen if self._halves else None,
            classes=dict(zip(self._classes, (self._predicted / self._seen).tolist(), strict=True)),
            words=self._words,
        )
