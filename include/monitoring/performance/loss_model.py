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
from include.monitoring.performance.losses import LOSSES
from include.records import Record, RecordKind
from include.training.persist import dump_model, load_model

if TYPE_CHECKING:
    import pandas as pd

LOSS_MODEL = RecordKind(name="loss model of a version", remedy="train the model again with *force*")
TRUSTED_TYPES = ("sklearn.tree._tree.Tree",)
"""Reviewed: arrays of nodes and values, read and checked by scikit-learn's own ``__setstate__``."""
MOST_ROWS = 20_000
_BAGS, _COARSE, _TREES = 20, 10, 3
_LEAF, _LEAVES = 10, 200  # rows of a leaf at least; leaves of a tree at most, about
_UNKNOWN, _MISSING = -1, -2  # what stands for categories that were not learned from, and for none
_FEWEST = 8 * _LEAF
_BEYOND = 0.1  # share of the rows that may lie beyond all but a few reference rows in one column
_FEW = 0.01  # share of the reference rows that counts as a few, at either end
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
        rows = _encode(self.fitted["encoder"], features, predictions)
        shares = None if weights is None else weights / weights.sum()
        if self._lies_beyond(rows, shares):
            return {name: (math.nan, Spread(error=math.nan, freedom=1.0)) for name in self.metrics}
        each = np.stack([_ask(forest, rows) for forest in self.fitted["forests"]])  # bags, rows, metrics
        means = _mean(each, shares, axis=1)
        coarse = np.mean([_mean(_ask(forest, rows), shares) for forest in self.fitted["coarse"]], axis=0)
        found = {}
        for place, name in enumerate(self.metrics):
            expected = each[:, :, place].mean(axis=0)
            value = float(_mean(expected, shares))
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
            beyond = _mean((rows < known["lowest"]) | (rows > known["highest"]), shares)
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


def learn_losses(
    features: pd.DataFrame,
    target: np.ndarray,
    predictions: np.ndarray,
    entities: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    quantile: float,
    seed: int,
) -> LossModel | None:
    """Learn a version's losses from rows that it was not trained on.

    :param features: the rows, as the version was given them, n of them.
    :param target: their numbers, float64 of shape (n,).
    :param predictions: what the version predicted, float64 of shape (n,).
    :param entities: number of each row's entity, integers of shape (n,): rows of one stay together.
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    :param quantile: which quantile the predictions are meant for.
    :param seed: seed of all draws.
    :return: None where there are too few rows or entities to learn from, or no row has a loss.
    """
    from sklearn.preprocessing import OrdinalEncoder

    generator = np.random.default_rng(seed)
    kept = _thin_out(entities, generator)
    features, target, predictions = features.iloc[kept], target[kept], predictions[kept]
    weights = None if weights is None else weights[kept] / weights[kept].mean()
    groups = np.unique(entities[kept], return_inverse=True)[1]
    losses = {name: loss.of_rows(target, predictions, quantile) for name, loss in LOSSES.items()}
    known = {name: one for name, one in losses.items() if one is not None and one.mean() > 0}
    if len(target) < _FEWEST or groups.max(initial=0) + 1 < _FEWEST or not known:
        return None
    scales = {name: float(_mean(one, weights)) for name, one in known.items()}
    answers = np.column_stack([one / scales[name] for name, one in known.items()])
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=_UNKNOWN, encoded_missing_value=_MISSING
    )
    texts = _texts(features)
    if texts.shape[1]:
        encoder.fit(texts)
    rows = _encode(encoder if texts.shape[1] else None, features, predictions)
    forests, coarse, unseen, times = [], [], np.zeros(answers.shape), np.zeros(len(rows))
    for bag in range(_BAGS):
        half = _draw_half(groups, generator)
        own = None if weights is None else weights[half]
        forests.append(_fit(rows[half], answers[half], own, seed=seed + bag))
        unseen[~half] += _ask(forests[-1], rows[~half])
        times += ~half
        if bag < _COARSE:
            coarse.append(_fit(rows[half], answers[half], own, seed=seed + bag, coarser=2))
    seen = times > 0
    expected = unseen[seen] / times[seen, None]
    counted = None if weights is None else weights[seen]
    off = answers[seen] - expected
    spreads = (
        _mean(off**2, counted) / _mean(expected**2, counted) * _design_effect(off, groups[seen], counted)
    )
    made = {
        "encoder": encoder if texts.shape[1] else None,
        "forests": forests,
        "coarse": coarse,
        "lowest": _quantile(rows, _FEW, weights),
        "highest": _quantile(rows, 1 - _FEW, weights),
        "weights": np.mean([one.feature_importances_ for one in forests], axis=0),
    }
    return LossModel(
        metrics=tuple(known),
        scales=tuple(scales.values()),
        spreads=tuple(spreads.tolist()),
        rows=len(rows),
        model=dump_model(made, TRUSTED_TYPES),
    )


def _thin_out(entities: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the places of all rows, or of those of some entities drawn, where there are very many."""
    if len(entities) <= MOST_ROWS:
        return np.arange(len(entities))
    names, groups = np.unique(entities, return_inverse=True)
    chosen = generator.random(len(names)) < MOST_ROWS / len(entities)
    return np.flatnonzero(chosen[groups])


def _design_effect(off: np.ndarray, groups: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Return how many times the variance of a mean is that of independent rows (Kish 1965), at least 1.

    :param off: how far losses lie off, of shape (n, m).
    :param groups: number of each row's entity, integers of shape (n,).
    :param weights: how much each row counts, of shape (n,); None where all count the same.
    """
    if len(np.unique(groups)) == len(groups):
        return np.ones(off.shape[1])
    moved = (off - _mean(off, weights)) * (1.0 if weights is None else weights[:, None])
    sums = np.zeros((int(groups.max()) + 1, off.shape[1]))
    np.add.at(sums, groups, moved)
    alone = (moved**2).sum(axis=0)
    return np.asarray(np.maximum((sums**2).sum(axis=0) / np.where(alone > 0, alone, 1.0), 1.0))


def _draw_half(groups: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return whether each row is of a half of the entities that is drawn, booleans of shape (n,)."""
    count = int(groups.max()) + 1
    chosen = np.zeros(count, dtype=bool)
    chosen[generator.permutation(count)[: count // 2]] = True
    half: np.ndarray = chosen[groups]
    return half


def _mean(values: np.ndarray, weights: np.ndarray | None, axis: int = 0) -> Any:
    """Return the mean over the rows, which lie along an axis, by their weight where they have one."""
    return values.mean(axis=axis) if weights is None else np.average(values, axis=axis, weights=weights)


def _quantile(rows: np.ndarray, share: float, weights: np.ndarray | None) -> np.ndarray:
    """Return a quantile of each column, of shape (features + 1,), where a row counts as much as it weighs."""
    if weights is None:
        found: np.ndarray = np.nanquantile(rows, share, axis=0)
    else:
        each = np.broadcast_to(weights[:, None], rows.shape)
        found = np.nanquantile(rows, share, axis=0, weights=each, method="inverted_cdf")
    return found


def _fit(
    rows: np.ndarray, answers: np.ndarray, weights: np.ndarray | None, *, seed: int, coarser: int = 1
) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(
        n_estimators=_TREES,
        min_samples_leaf=coarser * max(_LEAF, len(rows) // _LEAVES),
        max_features=0.7,
        random_state=seed,
        n_jobs=1,
    ).fit(rows, answers, sample_weight=weights)


def _ask(forest: Any, rows: np.ndarray) -> np.ndarray:
    """Return what a forest expects of each row and metric, of shape (n, m)."""
    found: np.ndarray = forest.predict(rows)
    return found.reshape(len(rows), -1)


def _texts(features: pd.DataFrame) -> pd.DataFrame:
    return features.select_dtypes(exclude="number")


def _encode(encoder: Any, features: pd.DataFrame, predictions: np.ndarray) -> np.ndarray:
    """Return features and prediction as numbers of shape (n, features + 1): NaN where one is missing."""
    numbers = features.select_dtypes("number").to_numpy(dtype=np.float64)
    parts = [numbers, np.asarray(predictions, dtype=np.float64)[:, None]]
    if encoder is not None:
        parts.append(encoder.transform(_texts(features)))
    rows: np.ndarray = np.column_stack(parts)
    # Trees compare as float32: what it can't hold lies beyond every other value.
    limit = float(np.finfo(np.float32).max)
    kept: np.ndarray = np.clip(rows, -limit, limit)
    return kept
