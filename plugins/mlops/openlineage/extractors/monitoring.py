"""The tasks that score and watch: predictions, drift, performance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.openlineage.datasets import model_facets, read, read_snapshot, written
from mlops.openlineage.extractors.data import snapshots
from mlops.openlineage.facets import ModelVersionDatasetFacet
from mlops.openlineage.lineage import Lineage, result_of, server_of, stored
from mlops.openlineage.naming import of_model

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset


def score(task: Any) -> Lineage:
    """Return the delivery and the champion, and the predictions.

    :param task: the operator.
    """
    result = result_of(task)
    outputs = (written(stored(task, result["object_key"]), rows=result["rows"]),) if result else ()
    return Lineage(inputs=(*_newest(task), *_champion(task, result.get("version"))), outputs=outputs)


def drift_check(task: Any) -> Lineage:
    """Return the delivery and the champion, the report, and the verdict.

    :param task: the operator.
    """
    result, verdict = result_of(task), task.noted.get("verdict")
    report = result.get("report_key")
    return Lineage(
        inputs=(*_newest(task), *_champion(task, result.get("champion_version"))),
        outputs=(written(stored(task, report), rows=None),) if report else (),
        verdicts=() if verdict is None else (verdict,),
    )


def performance_check(task: Any) -> Lineage:
    """Return the snapshots and the champion, and how each window came out.

    :param task: the operator.
    """
    version = result_of(task).get("champion_version")
    return Lineage(
        inputs=(*snapshots(task), *_champion(task, version)),
        verdicts=tuple(task.noted.get("verdicts", ())),
    )


def _newest(task: Any) -> tuple[InputDataset, ...]:
    ref = task.noted.get("snapshot")
    return () if ref is None else (read_snapshot(task.data_registry.remote, ref, task.config),)


def _champion(task: Any, version: str | None) -> tuple[InputDataset, ...]:
    if version is None:
        return ()
    facet = ModelVersionDatasetFacet(model=task.config.name, version=version, alias="champion")
    return (read(of_model(server_of(task), task.config.name), model_facets(facet)),)
