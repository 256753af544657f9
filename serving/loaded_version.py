"""A version in memory: loaded from MLflow with the reviewed types only, and asked as its task asks."""

from __future__ import annotations

import json
import math
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
import yaml
from mlflow.exceptions import MlflowException

from include.errors import ModelError
from include.training.predictors import PREDICTORS
from mlops.hooks.mlflow_server import connect_late, tracking_errors
from mlops.tracking.model_loading import read_model
from serving.frame import build_frame
from serving.json_body import read_json
from serving.refusal import Refusal
from serving.signature import Signature

if TYPE_CHECKING:
    import pandas as pd

    from include.config.schema import ModelConfig
    from include.serving.golden import GoldenRequests

_LONGEST = 300  # characters of what a model's own error says
_EXAMPLE_ROWS = 1_000


@dataclass(frozen=True, kw_only=True)
class VersionId:
    """One registered version.

    :param number: its number in the registry, such as ``3``.
    :param source: the URI of its model, so that a number that was used twice is noticed.
    :param run_id: the MLflow run that trained it.
    """

    number: str
    source: str
    run_id: str = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class LoadedVersion:
    """A version that can answer.

    :param id: which one it is.
    :param model: the fitted estimator or pipeline.
    :param signature: what it takes.
    :param config: the model's configuration.
    :param example: the body of a request that MLflow recorded with it; None where it did not.
    :param loaded_at: seconds since 1970.
    """

    id: VersionId
    model: Any = field(repr=False)
    signature: Signature
    config: ModelConfig = field(repr=False)
    example: bytes | None = field(repr=False)
    loaded_at: float

    def answer(self, frame: pd.DataFrame) -> np.ndarray:
        """Return what the model answers: probabilities of shape (n, k), or numbers of shape (n,).

        It is what the model's ``predict_proba`` or ``predict`` returns, as MLflow's own server answers.

        :param frame: as :func:`serving.frame.build_frame` makes it.
        :raises Refusal: the model takes no such values.
        :raises ModelError: it fails, or gives what can't be an answer of its task.
        """
        predictor = PREDICTORS[self.config.task]
        try:
            found = predictor.ask(self.model, frame)
        except ValueError as error:
            raise Refusal(
                f"version {self.id.number} takes no such values: {str(error)[:_LONGEST]}", 422
            ) from error
        except Exception as error:
            raise ModelError(
                f"version {self.id.number} failed on {len(frame):,} rows ({type(error).__name__}: "
                f"{str(error)[:_LONGEST]})"
            ) from error
        if problem := predictor.explain_answer(found, len(frame), self.config):
            raise ModelError(f"version {self.id.number}: {problem}")
        return found


def load_version(found: VersionId, config: ModelConfig) -> LoadedVersion:
    """Download a version and load it, in this thread; nothing is served by it yet.

    :param found: which one.
    :param config: the model's configuration with the reviewed types.
    :raises ModelError: it is gone, not whole, needs a type that was not reviewed, is of another task, or has
        no signature.
    :raises TrackingError: MLflow or its artifact store can't be reached.
    """
    uri = f"models:/{config.name}/{found.number}"
    connect_late()
    with tempfile.TemporaryDirectory(prefix="version-") as scratch:
        try:
            with tracking_errors(f"download {uri}", "--mlflow"):
                folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=scratch))
        except MlflowException as error:
            raise ModelError(f"{uri} can't be downloaded: {error}.") from error
        return read_version(folder, found, config, uri)


def read_version(folder: Path, found: VersionId, config: ModelConfig, uri: str) -> LoadedVersion:
    """Load a version from a downloaded MLflow folder; arguments and errors as :func:`load_version`.

    :param folder: the folder with ``MLmodel``.
    :param uri: where it came from, for messages.
    """
    model = read_model(folder, uri, config.estimator.trusted_types)
    if problem := PREDICTORS[config.task].explain_model(model, config):
        raise ModelError(f"{uri}: {problem}")
    description = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))
    return LoadedVersion(
        id=found,
        model=model,
        signature=Signature.of_model(description, uri),
        config=config,
        example=_example(folder, description),
        loaded_at=time.time(),
    )


def _example(folder: Path, description: dict[str, Any]) -> bytes | None:
    """Return the request that MLflow has recorded with a model, as it would be sent."""
    name = (description.get("saved_input_example_info") or {}).get("serving_input_path")
    if not isinstance(name, str):
        return None
    file = folder / name
    if folder.resolve() not in file.resolve().parents or not file.is_file():
        return None
    return file.read_bytes()


def probe(version: LoadedVersion, golden: GoldenRequests | None) -> int:
    """Let a version answer what was recorded with it; return the number of rows, 0 where nothing was.

    :param version: the version.
    :param golden: requests with the predictions of its evaluation, which it has to repeat.
    :raises ModelError: it does not.
    """
    rows = 0
    try:
        if golden is not None:
            rows += _repeat(version, golden)
        if version.example is not None:
            rows += _answer_example(version, version.example)
    except (Refusal, KeyError) as error:
        raise ModelError(
            f"version {version.id.number} can't answer the requests that were recorded with it: {error}"
        ) from error
    return rows


def _repeat(version: LoadedVersion, golden: GoldenRequests) -> int:
    """Compare answers with the recorded ones; return the number of rows."""
    columns = dict(zip(golden.columns, zip(*golden.rows, strict=True), strict=True))
    found, recorded = version.answer(build_frame(columns, version.signature)), golden.recorded
    same_shape = found.shape == recorded.shape
    difference = float(np.abs(found - recorded).max()) / golden.unit if same_shape else math.inf
    if difference > golden.tolerance:
        raise ModelError(
            f"version {version.id.number} does not repeat its golden requests: largest difference "
            f"{difference:.3g} over {len(recorded)} rows, allowed {golden.tolerance:.3g}; compare the "
            "versions of scikit-learn here and where it was trained"
        )
    return len(recorded)


def _answer_example(version: LoadedVersion, example: bytes) -> int:
    """Answer the example that MLflow keeps with a model; return the number of rows."""
    columns, rows = read_json(_standard(example), _EXAMPLE_ROWS)
    version.answer(build_frame(columns, version.signature))
    return rows


def _standard(example: bytes) -> bytes:
    """Return an example as JSON that everybody reads: MLflow writes a missing number as NaN."""
    return json.dumps(json.loads(example, parse_constant=lambda _: None)).encode()
