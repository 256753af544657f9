"""The tasks that make a version: the fitted model, its evaluation, its place in the registry."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from include.data.dataset_record import TEST_FILE, TRAIN_FILE
from mlops.openlineage.datasets import model_facets, read, versioned, written
from mlops.openlineage.facets import Metric, ModelVersionDatasetFacet
from mlops.openlineage.lineage import Lineage, result_of, server_of, stored
from mlops.openlineage.naming import of_model, of_run

if TYPE_CHECKING:
    from collections.abc import Mapping


def train(task: Any) -> Lineage:
    """Return the training set, and the model that the run logged.

    :param task: the operator.
    """
    dataset, result = task.dataset, result_of(task)
    model = ModelVersionDatasetFacet(
        model=task.config.name, runId=result.get("run_id"), trainingRows=result.get("rows"),
        trainingKey=task.noted.get("training_key"),
    )  # fmt: skip
    return Lineage(
        inputs=(read(stored(task, f"{dataset.object_key}/{TRAIN_FILE}"), versioned(dataset.train_digest)),),
        outputs=(written(of_run(server_of(task), result["run_id"]), model_facets(model)),) if result else (),
    )


def evaluate(task: Any) -> Lineage:
    """Return the test set and the models on it, and what was found about them.

    :param task: the operator.
    """
    dataset, result, evaluation = task.dataset, result_of(task), task.noted.get("evaluation")
    run_id = task.trained.run_id
    candidate = ModelVersionDatasetFacet(
        model=task.config.name, runId=run_id, metrics=metrics_of(evaluation.candidate) if evaluation else []
    )
    test = read(stored(task, f"{dataset.object_key}/{TEST_FILE}"), versioned(dataset.test_digest))
    inputs = [test, read(of_run(server_of(task), run_id), model_facets(candidate))]
    if champion := result.get("champion_version"):
        facet = ModelVersionDatasetFacet(model=task.config.name, version=champion, alias="champion")
        inputs.append(read(of_model(server_of(task), task.config.name), model_facets(facet)))
    return Lineage(
        inputs=tuple(inputs),
        outputs=tuple(
            written(stored(task, result[key])) for key in ("evaluation_key", "scores_key") if result
        ),
    )


def register(task: Any) -> Lineage:
    """Return the model of the run, and the version that it became.

    :param task: the operator.
    """
    result = result_of(task)
    if not result:
        return Lineage()
    run_id, key = result["run_id"], result["training_key"]
    version = ModelVersionDatasetFacet(
        model=task.config.name, version=result["version"], runId=run_id, trainingKey=key,
        trainingRows=task.trained.rows if run_id == task.trained.run_id else None,
    )  # fmt: skip
    logged = ModelVersionDatasetFacet(model=task.config.name, runId=run_id, trainingKey=key)
    return Lineage(
        inputs=(read(of_run(server_of(task), run_id), model_facets(logged)),),
        outputs=(written(of_model(server_of(task), task.config.name), model_facets(version)),),
    )


def metrics_of(measured: Mapping[str, Any]) -> list[Metric]:
    """Return figures as a facet has them; what is not finite is left out of it.

    :param measured: metric to figure with ``value``, ``low`` and ``high``.
    """
    return [
        Metric(name=name, value=_finite(one.value), low=_finite(one.low), high=_finite(one.high))
        for name, one in sorted(measured.items())
    ]


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and isfinite(value) else None
