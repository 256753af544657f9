"""How an estimator is given the weights of the rows that it is fitted on."""

from __future__ import annotations

from typing import Any

SAMPLE_WEIGHT = "sample_weight"


def weight_parameter(estimator: Any) -> str | None:
    """Return the argument of ``fit`` that hands weights on to what learns; None where there is none.

    Of a pipeline that is ``<last step>__sample_weight``, whatever its other steps do. Any other composition
    says itself who takes weights, by scikit-learn's metadata routing (``set_fit_request``), and is given
    ``sample_weight``, see :func:`asks_for_weights`.

    :param estimator: an unfitted estimator or pipeline.
    """
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import has_fit_parameter

    if asks_for_weights(estimator):
        return SAMPLE_WEIGHT
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        return f"{name}__{SAMPLE_WEIGHT}" if has_fit_parameter(last, SAMPLE_WEIGHT) else None
    return SAMPLE_WEIGHT if has_fit_parameter(estimator, SAMPLE_WEIGHT) else None


def asks_for_weights(estimator: Any) -> bool:
    """Tell whether an estimator routes weights itself, because a part of it was told to ask for them.

    :param estimator: an unfitted estimator or pipeline.
    """
    from sklearn.utils.metadata_routing import get_routing_for_object

    try:
        return bool(get_routing_for_object(estimator).consumes("fit", [SAMPLE_WEIGHT]))
    except NotImplementedError:  # a composition that routes nothing
        return False
