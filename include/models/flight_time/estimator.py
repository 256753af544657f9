"""The estimator of flight_time: a straight line of the distance, with a step for each airline and weekday."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from include.config.schema import ModelConfig


def build(config: ModelConfig) -> Pipeline:
    """Return an unfitted pipeline that takes a pandas frame with the columns ``config.feature_names``.

    A flight climbs, cruises at much the same speed, and descends: its time is a straight line of its
    distance, which airlines and weekdays lift or lower. Trees have to learn that line in steps, and are worse
    at it here (README.md). An airline that training never saw gets the line alone.

    :param config: the model's configuration; ``config.estimator.parameters`` go to
        ``sklearn.linear_model.Ridge`` by name.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = ColumnTransformer(
        [
            ("numeric", StandardScaler(), list(config.features.numeric)),
            ("categorical", OneHotEncoder(handle_unknown="ignore"), list(config.features.categorical)),
        ],
        remainder="drop",
        verbose_feature_names_out=False,
    )
    regressor = Ridge(random_state=config.estimator.seed, **config.estimator.parameters)
    return Pipeline([("columns", columns), ("regressor", regressor)])
