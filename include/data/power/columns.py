"""How well a column foretells the target: alone, and together with others.

Every score is made by entities that it is not measured on: rows fall into two halves, and each half is scored
by what the other one teaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.data.arrow_numpy import find_valid, to_numpy
from include.data.power import POWERS
from include.data.power.base import CHANCE
from include.data.targets import read_targets

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa

    from include.config.schema import ModelConfig
    from include.data.power.base import Power

_BINS = 50
_SMOOTHING = 5.0  # rows of the average rate that each bin begins with


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The features of some rows as numbers.

    :param codes: feature to numbers or codes of categories, float64 of shape (n,), NaN for what is missing.
    :param target: the label of each row as a number, of shape (n,).
    :param half: 0 or 1 of shape (n,); rows of one entity are in the same half.
    :param power: how power over the target is measured.
    """

    codes: dict[str, np.ndarray]
    target: np.ndarray
    half: np.ndarray
    power: Power

    @classmethod
    def read(cls, table: pa.Table, half: np.ndarray, config: ModelConfig) -> Columns:
        """Encode the features of a table.

        :param table: features and target, n rows.
        :param half: as above.
        :param config: the model's configuration.
        """
        return cls(
            codes={
                name: _encode(table[name].combine_chunks(), numeric=name in config.features.numeric)
                for name in config.feature_names
            },
            target=read_targets(table[config.target.column], config),
            half=half,
            power=POWERS[config.task],
        )

    @property
    def fewest(self) -> int:
        """Rows that say something: those of the smaller of two classes."""
        return self.power.fewest(self.target) if len(self.target) else 0

    def score_alone(self, name: str, *, absence: bool = False) -> float:
        """Return the power of one feature by the means of its bins or categories, missing values being one.

        :param name: the feature.
        :param absence: look only at whether it is missing.
        """
        values, half = self.codes[name], self.half
        if absence:
            values = np.isnan(values).astype(np.float64)
        known = values[~np.isnan(values)]
        distinct = np.unique(known)
        if len(distinct) > _BINS:
            distinct = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1), method="lower"))
        missing = len(distinct)
        bins = np.where(np.isnan(values), missing, np.searchsorted(distinct, values, side="right") - 1)
        wanted = self.power.columns(self.target)
        scores = np.zeros(wanted.shape)
        for fold in (0, 1):
            fitted, scored = half != fold, half == fold
            rows = np.bincount(bins[fitted], minlength=missing + 1)
            for place, numbers in enumerate(wanted.T):
                sums = np.bincount(bins[fitted], weights=numbers[fitted], minlength=missing + 1)
                average = sums.sum() / max(rows.sum(), 1)
                means = (sums + _SMOOTHING * average) / (rows + _SMOOTHING)
                scores[scored, place] = means[bins[scored]]
        return self._mean_power(scores)

    def score_together(self, names: Collection[str], *, seed: int) -> float:
        """Return the power of boosted trees on some features; that of chance without any.

        :param names: the features.
        :param seed: seed of the trees.
        """
        scores = np.zeros(self.power.columns(self.target).shape)
        for fold in (0, 1):
            fitted = self.half != fold
            known = [self.codes[name] for name in names if not np.isnan(self.codes[name][fitted]).all()]
            if not known:
                return CHANCE
            matrix = np.column_stack(known)
            trees = self.power.build(seed)
            trees.fit(matrix[fitted], self.target[fitted])
            found = self.power.answer(trees, matrix[~fitted])
            scores[~fitted, : found.shape[1]] = found
        return self._mean_power(scores)

    def _mean_power(self, scores: np.ndarray) -> float:
        """Return the mean power over the halves; chance level for a half whose target is constant."""
        found = []
        for fold in (0, 1):
            target = self.target[self.half == fold]
            constant = len(target) == 0 or target.min() == target.max()
            found.append(CHANCE if constant else self.power.agree(target, scores[self.half == fold]))
        return sum(found) / 2


def _encode(values: pa.Array, *, numeric: bool) -> np.ndarray:
    """Return values as numbers, NaN for missing ones, without ``fill_null``, whose scalar imports pandas."""
    codes = np.full(len(values), np.nan)
    known = values.drop_null()
    codes[find_valid(values)] = to_numpy(known if numeric else known.dictionary_encode().indices)
    return codes
