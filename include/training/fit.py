"""Fit the estimator of a model folder on a frozen training set."""

from __future__ import annotations

import logging
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.config.fit_weights import asks_for_weights, weight_parameter
from include.data.weights import relative_weights
from include.errors import ModelError
from include.training.frame import Frame, load_frame
from include.training.predictors import PREDICTORS

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A fitted model and how it came about.

    :param model: the fitted pipeline.
    :param frame: the training set it was fitted on, so that nobody has to load it again.
    :param seconds: time of the fit alone, without loading.
    :param cpu_seconds: processor time of the fit, over all threads of this process.
    :param warnings: what the libraries warned of, each text once.
    """

    model: Any
    frame: Frame
    seconds: float
    cpu_seconds: float
    warnings: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Number of training rows."""
        return len(self.frame.target)


def fit(train: Path, config: ModelConfig, estimator: Any) -> Fitted:
    """Fit an unfitted pipeline. The same file, parameters and seed give the same model.

    The pipeline is cloned first, so that fitting twice starts from the same state. Chance enters through
    ``estimator.seed`` alone: an estimator must take its ``random_state`` from the configuration.

    :param train: the training set.
    :param config: the model's configuration.
    :param estimator: what ``estimator.py`` returned.
    :raises DataError: when the training set can't be read.
    :raises ModelError: when the estimator fails on it.
    """
    from sklearn import config_context
    from sklearn.base import clone

    frame = load_frame(train, config)
    weights, routing = _weights(frame, estimator)
    started, used = time.perf_counter(), time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with config_context(**routing):
                model = clone(estimator).fit(frame.features, frame.target, **weights)
        except MemoryError as error:
            raise ModelError(
                f"{config.name}: fitting {len(frame.target)} rows x {len(config.feature_names)} columns "
                "ran out of memory: give the worker more, or narrow window.partitions in model.yaml"
            ) from error
        except Exception as error:
            raise ModelError(
                f"{config.name}: the estimator failed on {len(frame.target)} rows x "
                f"{len(config.feature_names)} columns ({type(error).__name__}: {error}): check "
                "estimator.py and estimator.parameters in model.yaml"
            ) from error
    PREDICTORS[config.task].remember(model, config)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    messages = tuple(dict.fromkeys(f"{one.category.__name__}: {one.message}" for one in caught))
    for message in messages:
        logger.warning("while fitting %s: %s", config.name, message)
    logger.info("fitted %s on %s rows in %.1f s", config.name, len(frame.target), seconds)
    return Fitted(model=model, frame=frame, seconds=seconds, cpu_seconds=cpu_seconds, warnings=messages)


def _weights(frame: Frame, estimator: Any) -> tuple[dict[str, Any], dict[str, bool]]:
    """Return the arguments of ``fit`` that hand weights on, and the settings of scikit-learn for them."""
    if frame.weights is None:
        return {}, {}
    name = weight_parameter(estimator)
    if name is None:
        raise ModelError("the estimator takes no weights: bin/mlops models says what to do")
    routed = {"enable_metadata_routing": True} if asks_for_weights(estimator) else {}
    return {name: relative_weights(frame.weights)}, routed
