from __future__ import annotations

import pytest


@pytest.fixture
def build_estimator():
    """Return a function that builds a small pipeline which needs one reviewed type."""

    def build(config, **parameters):
        from sklearn.compose import ColumnTransformer
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import OneHotEncoder

        encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        columns = ColumnTransformer([
            ("numeric", "passthrough", list(config.features.numeric)),
            ("categorical", encode, list(config.features.categorical)),
        ])
        trees = HistGradientBoostingClassifier(
            max_iter=10, random_state=config.estimator.seed, early_stopping=False, **parameters
        )
        return Pipeline([("columns", columns), ("classifier", trees)])

    return build
