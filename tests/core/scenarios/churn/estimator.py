"""The estimator of the scenarios: a logistic regression, which is fitted in a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from include.config.schema import ModelConfig


def build(config: ModelConfig) -> Pipeline:
    """Return an unfitted pipeline; an unknown category counts as none of the known ones."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline, make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = ColumnTransformer([
        ("numeric", make_pipeline(SimpleImputer(), StandardScaler()), list(config.features.numeric)),
        (
            "categorical",
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            list(config.features.categorical),
        ),
    ])
    return Pipeline([("columns", columns), ("classifier", LogisticRegression(max_iter=200))])
