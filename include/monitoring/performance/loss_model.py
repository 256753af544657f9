"""Direct loss estimation: a model that has learned how large another model's losses are.

A model that predicts a number gives no probability, so what its predictions are worth has to be learned: from
the features and the prediction of rows that it was not trained on to the loss of each. The mean of what that
model expects of a delivery estimates the metric there. It is DLE in NannyML (Direct Loss Estimation, with a
"nanny model" of LightGBM on absolute or squared errors of the reference period, the monitored model's
prediction among its features), and rests on the same conditions: losses follow from features as they did (no
concept drift), and the delivery lies where the reference rows did.

Where it differs is the interval. NannyML shows the sampling error of a chunk. Here the loss model's own error
is in it, which is what grows when features drift to where few reference rows lie: the model is a bag of
forests, each of which has seen another half of the entities, and the variance of the delivery's mean between
the halves is that of a model which has seen all of them (a half-sample: Efron 1982, "The Jackknife, the
Bootstrap and Other Resampling Plans", chapter 8; bags of little forests: Sexton and Laake 2009, Computational
Statistics & Data Analysis 53). The spread of a single loss around its expectation is taken to be a share
of it, as where errors have a scale that depends on the features (measured on the halves that a forest has not
seen). What a leaf smooths over is seen by forests with leaves of twice the size: by how much these expect
something else is added. Beyond the reference rows nothing is known, so a delivery of which more than a tenth
lies beyond all but a hundredth of them, in a column that matters to the losses, is not estimated at all.
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from include.errors import DataError
from include.evaluation.spread import Spread
from include.monitoring.performance.loss_rows import ask, encode, mean
from include.monitoring.performance.losses import LOSSES
from include.records import Record, RecordKind
from include.training.persist import load_model

if TYPE_CHECKING:
    import pandas as pd

LOSS_MODEL = RecordKind(name="loss model of a version", remedy="train the model again with *force*")
TRUSTED_TYPES = ("sklearn.tree._tree.Tree",)
"""Reviewed: arrays of nodes and values, read and checked by scikit-learn's own ``__setstate__``."""
_BEYOND = 0.1  # share of the rows that may lie beyond all but a few reference rows in one column
_MATTERS = 0.05  # share of what the forests learned that they owe to a column


@dataclass(frozen=True, kw_only=True)
class LossModel(Record, kind=LOSS_MODEL):
    """What was learned of a version's losses.

    :param metrics: the metrics whose losses it expects, in the order of its answers.
    :param scales: mean loss of each on the rows it has learned from, which it answers in parts of.
    :param spreads: variance of a single loss, in parts of its expectation squared; more where losses of one
        entity are alike, as much as many such rows say less.
    :param rows: rows it has learned from.
    :param model: encoder and forests as a skops file.
    """

    metrics: tuple[str, ...]
    scales: tuple[float, ...]
    spreads: tuple[float, ...]
    rows: int
    model: bytes

    @cached_property
    def fitted(self) -> dict[str, Any]:
        """The encoder of categories and the forests.

        :raises ModelError: the file holds types that nobody has reviewed.
        """
        found: dict[str, Any] = load_model(self.model, TRUSTED_TYPES)
        return found

    def expect(
        self, features: pd.DataFrame, predictions: np.ndarray, weights: np.ndarray | None = None
    ) -> dict[str, tuple[float, Spread]]:
        """Return each metric as it is expected on some rows, with how far off the realised one may lie.

        :param features: the rows, as the version was given them, n of them.
        :param predictions: what the version predicted for them, float64 of shape (n,).
        :param weights: how much each counts, above 0, of shape (n,); None where all count the same.
        :return: NaN where too many rows lie beyond those that were learned from.
        :raises DataError: there is no row.
        """
        if not len(predictions):
            raise DataError("there are no predictions to estimate performance from: score the batch first")
        rows = encode(self.fitted["encoder"], features, predictions)
        shares = None if weights is None else weights / weights.sum()
        if self._lies_beyond(rows, shares):
            return {name: (math.nan, Spread(error=math.nan, freedom=1.0)) for name in self.metrics}
        each = np.stack([ask(forest, rows) for forest in self.fitted["forests"]])  # bags, rows, metrics
        means = mean(each, shares, axis=1)
        coarse = np.mean([mean(ask(forest, rows), shares) for forest in self.fitted["coarse"]], axis=0)
        found = {}
        for place, name in enumerate(self.metrics):
            expected = each[:, :, place].mean(axis=0)
            value = float(mean(expected, shares))
            learned = float(means[:, place].var(ddof=1))
            squares = expected**2 if shares is None else (expected * shares * len(rows)) ** 2
            drawn = self.spreads[place] * float(squares.mean()) / len(rows)
            power, scale = LOSSES[name].power, self.scales[place]
            error = float(np.sqrt(learned + drawn + (value - float(coarse[place])) ** 2))
            freedom = (len(means) - 1) * (1 + drawn / learned) ** 2 if learned else np.inf
            reached = (value * scale) ** power
            slope = power * reached / value if value else 0.0  # by the delta method
            found[name] = (reached, Spread(error=slope * error, freedom=float(min(freedom, 1e9))))
        return found

    def _lies_beyond(self, rows: np.ndarray, shares: np.ndarray | None) -> bool:
        """Tell whether too many rows lie where hardly any reference row did, in a column that matters."""
        known = self.fitted
        with np.errstate(invalid="ignore"):  # what is missing lies nowhere
            beyond = mean((rows < known["lowest"]) | (rows > known["highest"]), shares)
        return bool((beyond[known["weights"] >= _MATTERS] > _BEYOND).any())

    def _plain(self) -> dict[str, Any]:
        return {
            "metrics": list(self.metrics),
            "scales": list(self.scales),
            "spreads": list(self.spreads),
            "rows": self.rows,
            "model": base64.b64encode(self.model).decode(),
        }

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        return cls(
            metrics=tuple(fields["metrics"]),
            scales=tuple(fields["scales"]),
            spreads=tuple(fields["spreads"]),
            rows=fields["rows"],
            model=base64.b64decode(fields["model"], validate=True),
        )
