"""The reproducibility check: a registered model repeats the predictions of its evaluation in a fresh process.

Run as ``python -m mlops.tracking.reproducibility``. The request comes as JSON on standard input, so that no
secret appears in an argument list.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from include.config.base import STORED
from include.config.schema import ModelConfig
from include.errors import InfrastructureError, MlopsError, ModelError
from include.strict_json import plain, to_json
from mlops.hooks.mlflow_server import MlflowServer
from mlops.tracking.model_loading import load_model

TIME_LIMIT = 600
_TRY_AGAIN = 75  # sysexits.h: EX_TEMPFAIL


@dataclass(frozen=True, kw_only=True)
class ReproducibilityRequest:
    """What a reproducibility check is asked to do.

    :param server: the MLflow server, as :meth:`MlflowServer.to_dict` gives it.
    :param uri: the registered model, ``models:/<name>/<version>``.
    :param config: the model's configuration as the requesting task has read it, as JSON values.
    :param test: Parquet file with the frozen test set.
    :param scores: Parquet file with the model's predictions for it, in the same order of rows
        (:mod:`include.evaluation.scores_file`).
    :param column: as what it was evaluated: ``candidate`` or ``challenger``.
    """

    server: dict[str, Any]
    uri: str
    config: dict[str, Any]
    test: str
    scores: str
    column: str = "candidate"


@dataclass(frozen=True, kw_only=True)
class ReproducibilityResult:
    """What a reproducibility check found.

    :param rows: number of rows predicted.
    :param largest_difference: largest difference to the evaluation's prediction: of probabilities itself, of
        numbers as a part of how far predictions are spread; None when it is not a number, or there are not
        as many predictions.
    :param tolerance: largest difference allowed.
    """

    rows: int
    largest_difference: float | None
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the model reproduced its predictions; a difference that is not a number has not."""
        return self.largest_difference is not None and self.largest_difference <= self.tolerance

    @property
    def shown(self) -> str:
        """The largest difference for a message."""
        return "undefined" if self.largest_difference is None else f"{self.largest_difference:.3g}"


def compare_predictions(request: ReproducibilityRequest) -> ReproducibilityResult:
    """Predict the first rows of the test set with the registered model and compare, in this process.

    :param request: what to predict, and what to compare with.
    :raises ModelError: the model can't be loaded.
    """
    # The task that only starts the process needs none of these.
    import numpy as np

    from include.evaluation.scores_file import read_evaluated
    from include.training.frame import load_frame
    from include.training.predict import predict_scores
    from include.training.predictors import PREDICTORS

    config = ModelConfig.model_validate(request.config, context=STORED)
    MlflowServer(**request.server).connect()
    model = load_model(request.uri, config.estimator.trusted_types)
    frame = load_frame(Path(request.test), config).features.head(config.reproducibility_check.rows)
    evaluated = read_evaluated(Path(request.scores), request.column)
    expected, unit = evaluated[: len(frame)], PREDICTORS[config.task].unit(evaluated)
    found = predict_scores(model, frame, config)
    difference = float(np.abs(found - expected).max()) / unit if len(found) == len(expected) else float("nan")
    return ReproducibilityResult(
        rows=len(frame),
        largest_difference=plain(difference),
        tolerance=config.reproducibility_check.tolerance,
    )


def check_in_new_process(request: ReproducibilityRequest) -> ReproducibilityResult:
    """Run :func:`compare_predictions` in a new process.

    :raises ModelError: the process failed, or the model does not reproduce its predictions.
    :raises InfrastructureError: the process could not reach MLflow, was killed, or took too long.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "mlops.tracking.reproducibility"],
            input=to_json(asdict(request)), capture_output=True, text=True, timeout=TIME_LIMIT, check=False,
            env=_environment(),
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise InfrastructureError(
            f"{request.uri} did not finish its reproducibility check within {TIME_LIMIT} s. The task is "
            "retried; if that does not help, look at the load of the worker and at the size of the model."
        ) from error
    if done.returncode < 0:
        raise InfrastructureError(
            f"The reproducibility check of {request.uri} was killed by signal {-done.returncode}, "
            "often because memory ran out. The task is retried; if that does not help, give the worker more."
        )
    if done.returncode:
        error_type = InfrastructureError if done.returncode == _TRY_AGAIN else ModelError
        raise error_type(f"{request.uri} failed its reproducibility check: {done.stderr.strip()[-1500:]}")
    result = ReproducibilityResult(**json.loads(done.stdout.splitlines()[-1]))
    if not result.passed:
        raise ModelError(
            f"{request.uri} does not repeat the predictions of its evaluation: largest difference "
            f"{result.shown} over {result.rows} rows, allowed {result.tolerance:.3g} "
            "(reproducibility_check.tolerance in model.yaml). It stays challenger; compare the versions of "
            "scikit-learn where it was trained and where it was loaded."
        )
    return result


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def main() -> int:
    """Read a request from standard input, print the result as one line of JSON."""
    try:
        result = compare_predictions(ReproducibilityRequest(**json.load(sys.stdin)))
    except MlopsError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return _TRY_AGAIN if isinstance(error, InfrastructureError) else 1
    sys.stdout.write(to_json(asdict(result)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
