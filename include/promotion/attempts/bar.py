"""The bar: how much evidence a promotion takes, so that luck replaces few champions in all their exams.

A gate that lets a candidate no better pass in 2.5 % of tries promotes one by luck in 45 % of champions' lives
of 24 tries. So the bar is the quantile of the largest evidence in a whole life in which no candidate is
better: lives are simulated by the rule itself (:mod:`include.promotion.attempts.evidence`,
:mod:`include.promotion.attempts.kept`), in units of the standard error of one exam. The noise of successive
exams is correlated as far as they share entities; of a candidate and the challenger in the same exam it is
taken as independent, which asks for the highest bar. The draws are fixed, so the bar is, too.

Where noise is shared, a worse model that is lucky once stays lucky. So a correlation lowers the bar only as
far as candidates that are one standard error worse are promoted in no more than :data:`HARM` of lives.

A constant bar does not tire: the exam that matters is the one after the champion has decayed, and spending
rules that start generously have nothing left by then (simulations of this project).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from include.promotion.attempts.evidence import POOLED_EXAMS
from include.promotion.attempts.kept import KEPT_FROM, MOST_EXAMS

LIVES = 50_000
HARM, WORSE = 0.001, -1.0  # share of lives, and how much worse a candidate is
GRID = 0.05  # correlations are rounded down to it
HIGHEST = 0.95
_SURE = 2.0  # standard errors of the simulated share that the bar stays on the safe side
_SEED = 20_260_815
_NONE = -np.inf


def find_bar(budget: float, exams: int, correlation: float = 0.0, *, challenger: bool = True) -> float:
    """Return the evidence in standard errors above which a model is promoted, rounded up to 0.01.

    :param budget: share of champions' lives that may end by luck, in (0, 0.5].
    :param exams: exams in a life, at least 1.
    :param correlation: of the noise of successive exams, in [0, 1]; it is rounded down to :data:`GRID`.
    :param challenger: whether a challenger is kept.
    """
    step = math.floor(min(max(correlation, 0.0), HIGHEST) / GRID + 1e-9)
    bar = _quantile(_simulate_highest(exams, step, challenger, 0.0), budget, _SURE)
    if step:
        alone = _quantile(_simulate_highest(exams, 0, challenger, 0.0), budget, _SURE)
        harmless = _quantile(_simulate_highest(exams, step, challenger, WORSE), HARM)
        bar = max(bar, min(harmless, alone))
    return math.ceil(100 * bar) / 100


def _quantile(highest: np.ndarray, share: float, sure: float = 0.0) -> float:
    """Return the evidence that this share of lives exceeds, so many standard errors on the safe side."""
    place = math.ceil((1 - share + sure * math.sqrt(share * (1 - share) / LIVES)) * LIVES)
    return float(highest[min(place, LIVES) - 1])


@lru_cache(maxsize=64)
def _simulate_highest(exams: int, step: int, challenger: bool, effect: float) -> np.ndarray:
    """Return the largest evidence of each life, increasing, shape (:data:`LIVES`,)."""
    highest = np.full(LIVES, _NONE)
    lives = Lives(step * GRID, LIVES, _SEED, challenger=challenger, effect=effect)
    for _ in range(exams):
        np.maximum(highest, lives.sit(), out=highest)
    return np.sort(highest)


class _Kept(NamedTuple):
    """The kept challenger of each life: shape (lives,) each.

    :param exams: how many it has sat; 0 without one.
    :param total: its gains, added up.
    :param last: its noise in the newest exam.
    """

    exams: np.ndarray
    total: np.ndarray
    last: np.ndarray


class Lives:
    """Many lives at once; each call of :meth:`sit` is one exam in all.

    :param correlation: of the noise of successive exams.
    :param lives: how many lives.
    :param seed: of the draws.
    :param challenger: whether a challenger is kept.
    :param effect: how much better each candidate is than the champion, in standard errors of one exam.
    """

    def __init__(
        self, correlation: float, lives: int, seed: int, *, challenger: bool = True, effect: float = 0.0
    ) -> None:
        self.correlation = correlation
        self.effect = effect
        self.challenger = challenger
        self.candidate = np.zeros(0)  # the newest exam's noise, and the challenger's
        self.own = np.zeros(lives)
        self._rng = np.random.default_rng(seed)
        self._errors = np.sqrt([max(_variance(count, correlation), 1.0) for count in range(MOST_EXAMS + 1)])
        self._noise: np.ndarray | None = None
        self._newest: list[np.ndarray] = []
        self._kept = _Kept(np.zeros(lives, dtype=np.int64), np.zeros(lives), np.zeros(lives))

    def sit(self) -> np.ndarray:
        """Return the largest evidence of the next exam in each life, shape (lives,)."""
        fresh, other = self._rng.standard_normal((2, len(self.own)))
        self._noise = fresh if self._noise is None else self._correlate(self._noise, fresh)
        gain = self._noise + self.effect
        self.candidate = gain
        self._newest = [*self._newest[-(POOLED_EXAMS - 1) :], gain]
        pooled: np.ndarray = np.sum(self._newest, axis=0) / self._errors[len(self._newest)]
        found: np.ndarray = np.maximum(gain, np.where(gain > 0, pooled, _NONE))
        if self.challenger:
            own = self._correlate(self._kept.last, other)
            self.own = own + self.effect
            np.maximum(found, self._examine(gain, self._noise, own), out=found)
        return found

    def _examine(self, gain: np.ndarray, noise: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Let the challenger of each life, with noise of its own, sit the exam; return its evidence."""
        kept = self._kept
        here = kept.exams > 0
        sat = np.where(here, kept.exams + 1, 0)
        total = np.where(here, kept.total + self.own, 0.0)
        stays = here & (total >= 0) & (sat < MOST_EXAMS) & (gain <= total / np.maximum(sat, 1))
        enters = ~stays & (gain > KEPT_FROM)
        self._kept = _Kept(
            exams=np.where(stays, sat, np.where(enters, 1, 0)),
            total=np.where(stays, total, np.where(enters, gain, 0.0)),
            last=np.where(stays, own, noise),
        )
        evidence: np.ndarray = np.where(here & (self.own > 0), total / self._errors[sat], _NONE)
        return evidence

    def _correlate(self, before: np.ndarray, fresh: np.ndarray) -> np.ndarray:
        """Return noise that is correlated with what was before, of variance 1."""
        noise: np.ndarray = self.correlation * before + math.sqrt(1 - self.correlation**2) * fresh
        return noise


def _variance(count: int, correlation: float) -> float:
    """Return the variance of the sum of so many exams' noise."""
    return count + 2 * sum((count - lag) * correlation**lag for lag in range(1, count))
