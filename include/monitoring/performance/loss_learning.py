"""How a loss model is learned: forests on halves of the entities, and what each half has not seen.

The method and its sources are in :mod:`include.monitoring.performance.loss_model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from include.monitoring.performance.loss_model import TRUSTED_TYPES, LossModel
from include.monitoring.performance.loss_rows import ask, encode, mean, texts
from include.monitoring.performance.losses import LOSSES
from include.training.persist import dump_model

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20_000
_BAGS, _COARSE, _TREES = 20, 10, 3
_LEAF, _LEAVES = 10, 200  # rows of a leaf at least; leaves of a tree at most, about
_UNKNOWN, _MISSING = -1, -2  # what stands for categories that were not learned from, and for none
_FEWEST = 8 * _LEAF
_FEW = 0.01  # share of the reference rows that counts as a few, at either end


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
    scales = {name: float(mean(one, weights)) for name, one in known.items()}
    answers = np.column_stack([one / scales[name] for name, one in known.items()])
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=_UNKNOWN, encoded_missing_value=_MISSING
    )
    categories = texts(features)
    if categories.shape[1]:
        encoder.fit(categories)
    rows = encode(encoder if categories.shape[1] else None, features, predictions)
    forests, coarse, unseen, times = [], [], np.zeros(answers.shape), np.zeros(len(rows))
    for bag in range(_BAGS):
        half = _draw_half(groups, generator)
        own = None if weights is None else weights[half]
        forests.append(_fit(rows[half], answers[half], own, seed=seed + bag))
        unseen[~half] += ask(forests[-1], rows[~half])
        times += ~half
        if bag < _COARSE:
            coarse.append(_fit(rows[half], answers[half], own, seed=seed + bag, coarser=2))
    seen = times > 0
    expected = unseen[seen] / times[seen, None]
    counted = None if weights is None else weights[seen]
    off = answers[seen] - expected
    spreads = mean(off**2, counted) / mean(expected**2, counted) * _design_effect(off, groups[seen], counted)
    made = {
        "encoder": encoder if categories.shape[1] else None,
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
    moved = (off - mean(off, weights)) * (1.0 if weights is None else weights[:, None])
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
