"""What a task reports to OpenLineage when it starts, ends or fails: the provider's listener asks.

Whatever goes wrong here is one warning in the task's log, and the event goes out without our facets: lineage
never decides about a task.
"""

from __future__ import annotations

import logging
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.providers.openlineage.extractors import OperatorLineage

from mlops.openlineage.extractors import find_extractor
from mlops.openlineage.facets import TASK, VERDICTS, TaskRunFacet, VerdictsRunFacet
from mlops.run_context import code_version

if TYPE_CHECKING:
    from openlineage.client.event_v2 import Dataset

    from include.verdicts import Verdict

D = TypeVar("D", bound="Dataset")
log = logging.getLogger(__name__)


class Moment(StrEnum):
    """When the provider asks."""

    START = "start"
    COMPLETE = "complete"
    FAILURE = "failure"


def facets_of(task: Any, moment: Moment) -> OperatorLineage:
    """Return what a task reports to OpenLineage. Raises nothing.

    When a task starts it has read nothing yet, so that it reports only the model and the date.

    :param task: the operator, as it was left by what it did so far.
    :param moment: when this is asked.
    """
    try:
        return _facets(task, moment)
    except Exception as error:
        log.warning(
            "The OpenLineage event of %s is sent without datasets and verdicts (%s): %s: %s. The task goes "
            "on.",
            getattr(task, "task_id", "a task"), moment, type(error).__name__, error,
        )  # fmt: skip
        return OperatorLineage()


def _facets(task: Any, moment: Moment) -> OperatorLineage:
    model, as_of = Path(task.model_folder).name, _as_of(task)
    if moment is Moment.START:
        return OperatorLineage(run_facets={TASK: TaskRunFacet(model=model, asOf=as_of)})
    found = find_extractor(type(task))(task)
    facets: dict[str, Any] = {TASK: TaskRunFacet(model=model, asOf=as_of, codeVersion=code_version())}
    if found.verdicts:
        facets[VERDICTS] = VerdictsRunFacet(verdicts=[_plain(one) for one in found.verdicts])
    return OperatorLineage(
        inputs=_each_once(found.inputs), outputs=_each_once(found.outputs), run_facets=facets
    )


def _each_once(datasets: tuple[D, ...]) -> list[D]:
    """Return datasets without repetitions: one file may hold several partitions, or both tables."""
    return list({(one.namespace, one.name): one for one in reversed(datasets)}.values())[::-1]


def _as_of(task: Any) -> str | None:
    """Return the as-of date of a task, or of the data that it was given; None where there is none.

    When a task starts, what it was given is still a plain mapping; a date that somebody typed may be none.
    """
    given = getattr(task, "extracted", None)
    found = getattr(task, "as_of", None) or (
        given.get("as_of") if isinstance(given, dict) else getattr(given, "as_of", None)
    )
    try:
        return date.fromisoformat(str(found)).isoformat()
    except ValueError:
        return None


def _plain(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict without what it was computed from, which may be large and lies in MLflow."""
    whole = verdict.to_dict()
    kept = ("kind", "decision", "subject", "summary", "reasons", "thresholds", "counterfactuals")
    return {name: whole[name] for name in kept}
