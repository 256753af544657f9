"""The estimator of credit_risk: gradient boosted trees on histograms, with the codes as ordinals."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from include.config.schema import ModelConfig


def build(config: ModelConfig) -> Pipeline:
    """Return an unfitted pipeline that takes a pandas frame with the columns ``config.feature_names``.

    Numbers pass as they are: the trees handle missing values and need no scaling. Categories become ordinals,
    and both a missing one and one that training never saw become NaN, which the trees send down the branch of
    the missing: a new code at prediction time is no error.

    The classifier's own ``categorical_features`` stays unused: with it, a saved model holds a
    ``functools.partial``, and to trust that type is to trust any function a file may name. The trees cut the
    few ordinals of this data where they like. Early stopping is off, so that the number of trees is the one
    in ``model.yaml`` and does not hang on a random validation share.

    :param config: the model's configuration; ``config.estimator.parameters`` go to
        ``sklearn.ensemble.HistGradientBoostingClassifier`` by name.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    nan = float("nan")
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=nan, encoded_missing_value=nan)
    columns = ColumnTransformer(
        [
            ("numeric", "passthrough", list(config.features.numeric)),
            ("categorical", encode, list(config.features.categorical)),
        ],
        remainder="drop",
        verbose_feature_names_out=False,
    )
    classifier = HistGradientBoostingClassifier(
        random_state=config.estimator.seed, **{"early_stopping": False, **config.estimator.parameters}
    )
    return Pipeline([("columns", columns), ("classifier", classifier)])
