"""Rows that belong to nobody, for golden requests: each value was seen, no row was.

Golden requests are kept for as long as the version, and sent to endpoints. So no row of a person is among
them: each column is drawn on its own from the values of the test set, and a row that equals a real one is
left out. Of a number the outer hundredths are left out, of names those that fewer than five entities have;
where a column has no others it stays empty. Sensitive columns that the model is given are drawn in the same
way, since it can't be asked without them, and say nothing about anybody; entity, time, target and weight are
never there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from include.config.schema import ModelConfig

POOL = 512  # rows that are composed, to choose from
MOST_NAMES = 24  # of one column, the most frequent ones
HELD_BY = 5  # entities that have a name, at least
_TAIL = 0.01
_MISSING = 0.1  # share of the composed values that are missing, where any is
_COVERING, _SPREAD = 32, 16  # rows chosen for what they hold, at most, and for what is predicted


def compose_rows(features: pd.DataFrame, entities: pd.Series, config: ModelConfig) -> pd.DataFrame:
    """Return rows that are composed of the values of others.

    :param features: the test set, as :attr:`include.training.frame.Frame.features`, n rows.
    :param entities: whose they are, of length n.
    :param config: the model's configuration, whose split's seed draws.
    :return: a frame of the same columns and types with :data:`POOL` rows, or somewhat fewer.
    """
    import pandas as pd
    from pandas.util import hash_pandas_object

    rng = np.random.default_rng(config.split.seed)
    columns = {name: _numbers(features[name].to_numpy(), rng) for name in config.features.numeric}
    for name in config.features.categorical:
        columns[name] = _names(features[name], entities, rng)
    pool = pd.DataFrame(columns, columns=list(features.columns)).drop_duplicates(ignore_index=True)
    real = np.isin(hash_pandas_object(pool, index=False), hash_pandas_object(features, index=False))
    # Where few columns leave no other rows, a row that somebody has is one that many have.
    return pool if real.all() else pool[~real].reset_index(drop=True)


def choose_rows(pool: pd.DataFrame, answers: np.ndarray, config: ModelConfig) -> np.ndarray:
    """Return which rows are asked: with each name and each missing value, and spread over the predictions.

    :param pool: composed rows, m of them.
    :param answers: what the model answers to them, of shape (m,) or (m, k).
    :param config: the model's configuration.
    :return: positions in increasing order, at most 48.
    """
    holds = [pool[name].isna().to_numpy() for name in config.feature_names]
    holds += [
        (pool[name] == one).to_numpy() for name in config.features.categorical for one in _seen(pool[name])
    ]
    left = np.array([one for one in holds if one.any()]).reshape(-1, len(pool))
    chosen: set[int] = set()
    while len(left) and len(chosen) < _COVERING:
        chosen.add(
            best := int(left.sum(axis=0).argmax())
        )  # the first of those that hold most of what is left
        left = left[~left[:, best]]
    table = answers.reshape(len(answers), -1)
    order = np.lexsort((table.max(axis=1), table.argmax(axis=1)))
    chosen.update(order[np.linspace(0, len(order) - 1, _SPREAD).round().astype(int)].tolist())
    return np.array(sorted(chosen))


def _seen(column: pd.Series) -> list[str]:
    return sorted(column.dropna().unique().tolist())


def _numbers(found: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return drawn values of a numeric column."""
    known = np.sort(found[np.isfinite(found)])
    if not len(known):
        return np.full(POOL, np.nan)
    cut = int(len(known) * _TAIL)
    drawn = rng.choice(known[cut : len(known) - cut], POOL)
    return np.where(_left_out(len(known) < len(found), rng), np.nan, drawn)


def _names(found: pd.Series, entities: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """Return drawn values of a categorical column, each of those that many have about as often."""
    held = entities.reset_index(drop=True).groupby(found.reset_index(drop=True)).nunique()
    ranked = sorted((-count, name) for name, count in held.items() if count >= HELD_BY)[:MOST_NAMES]
    if not ranked:
        return np.full(POOL, np.nan, dtype=object)
    drawn = rng.permutation(np.resize(np.array([name for _, name in ranked], dtype=object), POOL))
    drawn[_left_out(bool(found.isna().any()), rng)] = np.nan
    return drawn


def _left_out(any_missing: bool, rng: np.random.Generator) -> np.ndarray:
    """Return which of the drawn values are missing: always drawn, so that columns hang on nothing else."""
    return (rng.random(POOL) < _MISSING) & any_missing
