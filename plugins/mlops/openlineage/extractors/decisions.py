"""The tasks that decide: the gate, a promotion, a rollback, and all others that have a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.promotion.alias_plan import CHAMPION
from mlops.openlineage.datasets import model_facets, read, written
from mlops.openlineage.facets import Metric, ModelVersionDatasetFacet
from mlops.openlineage.lineage import Lineage, result_of, server_of, stored
from mlops.openlineage.naming import of_alias, of_model, of_run

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, OutputDataset

    from include.verdicts import Verdict


def decide(task: Any) -> Lineage:
    """Return the verdict of any operator that has one.

    :param task: the operator.
    """
    return Lineage(verdicts=_verdicts(task))


def gate(task: Any) -> Lineage:
    """Return the evaluation that the gate decided on, and its verdict.

    :param task: the operator.
    """
    evaluated = task.evaluated
    candidate = ModelVersionDatasetFacet(model=task.config.name, runId=evaluated.run_id)
    return Lineage(
        inputs=(
            read(stored(task, evaluated.evaluation_key)),
            read(of_run(server_of(task), evaluated.run_id), model_facets(candidate)),
        ),
        verdicts=_verdicts(task),
    )


def promote(task: Any) -> Lineage:
    """Return the version, and the alias that leads to it now.

    :param task: the operator.
    """
    registered, evaluated = task.registered, task.evaluated
    known = evaluated.run_id == registered.run_id and evaluated.value is not None
    metrics = [Metric(evaluated.metric, evaluated.value, evaluated.low, evaluated.high)] if known else []
    version = ModelVersionDatasetFacet(
        model=task.config.name, version=registered.version, runId=registered.run_id, metrics=metrics
    )
    return _moved(task, version)


def roll_back(task: Any) -> Lineage:
    """Return the version that serves again, and the alias that leads to it now.

    :param task: the operator.
    """
    version = result_of(task).get("version")
    if version is None:
        return Lineage(verdicts=_verdicts(task))
    return _moved(task, ModelVersionDatasetFacet(model=task.config.name, version=version))


def _moved(task: Any, version: ModelVersionDatasetFacet) -> Lineage:
    """Return the lineage of a task that moves the alias of production."""
    inputs: tuple[InputDataset, ...] = (
        read(of_model(server_of(task), version.model), model_facets(version)),
    )
    outputs: tuple[OutputDataset, ...] = ()
    serving = result_of(task).get("aliases", {}).get(CHAMPION)
    if serving is not None:
        facet = ModelVersionDatasetFacet(
            model=version.model, version=serving, alias=CHAMPION,
            runId=version.runId if serving == version.version else None,
        )  # fmt: skip
        outputs = (written(of_alias(server_of(task), version.model, CHAMPION), model_facets(facet)),)
    return Lineage(inputs=inputs, outputs=outputs, verdicts=_verdicts(task))


def _verdicts(task: Any) -> tuple[Verdict, ...]:
    found = getattr(task, "_verdict", None) or task.noted.get("verdict")
    return () if found is None else (found,)
