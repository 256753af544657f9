"""The estimator of digits: a linear model of the ink, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from include.config.schema import ModelConfig


def build(config: ModelConfig) -> Pipeline:
    """Return an unfitted pipeline that takes a pandas frame with the columns ``config.feature_names``.

    Missing ink counts as none. All places have one scale, 0 to 16, so dividing by 16 is all that it takes: to
    standardise each would blow up those where hardly anybody writes.

    :param config: the model's configuration; ``config.estimator.parameters`` go to
        ``sklearn.linear_model.LogisticRegression`` by name.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import MaxAbsScaler

    return Pipeline([
        ("fill", SimpleImputer(strategy="constant", fill_value=0)),
        ("scale", MaxAbsScaler()),
        ("classifier", LogisticRegression(random_state=config.estimator.seed, **config.estimator.parameters)),
    ])
