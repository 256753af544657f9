"""The facets that OpenLineage has no schema for: a version of a model, verdicts, the task of a model.

OpenLineage#4035 proposes facets of models; no release has them. Until one does these are this project's own,
after OpenLineage's rules for custom facets: a prefix in the key, and the id of a JSON schema in
``_schemaURL``. The schemas lie in ``schemas/`` beside this module.
"""

from __future__ import annotations

from typing import Any, ClassVar

import attr
from openlineage.client.generated.base import DatasetFacet, RunFacet
from openlineage.client.utils import RedactMixin

MODEL_VERSION, VERDICTS, TASK = "mlops_modelVersion", "mlops_verdicts", "mlops_task"


def schema_url(name: str) -> str:
    """Return the id of a committed schema.

    :param name: of the facet, which is the name of its file.
    """
    return f"urn:mlops:openlineage:1-0-0:{name}"


@attr.define
class Metric(RedactMixin):
    """A figure of a model.

    :param name: such as ``roc_auc``.
    :param value: what was measured; None where it is not defined.
    :param low: lower end of its confidence interval; None without one.
    :param high: upper end.
    """

    name: str
    value: float | None = None
    low: float | None = None
    high: float | None = None


@attr.define
class ModelVersionDatasetFacet(DatasetFacet):
    """A fitted model: as a run logged it, or as the registry numbers it.

    :param model: name of the model.
    :param version: its number in the registry; None before it is registered.
    :param runId: the MLflow run that fitted it.
    :param alias: the alias that leads to it now, such as ``champion``.
    :param trainingKey: digest of training set, configuration and estimator.
    :param trainingRows: rows learned from.
    :param metrics: what was measured about it.
    """

    model: str
    version: str | None = None
    runId: str | None = None  # noqa: N815 - names of the wire
    alias: str | None = None
    trainingKey: str | None = None  # noqa: N815
    trainingRows: int | None = None  # noqa: N815
    metrics: list[Metric] = attr.field(factory=list)

    _additional_skip_redact: ClassVar[list[str]] = ["model", "version", "runId", "alias", "trainingKey"]

    @staticmethod
    def _get_schema() -> str:
        return schema_url("ModelVersionDatasetFacet")


@attr.define
class VerdictsRunFacet(RunFacet):
    """What a task decided, and why.

    :param verdicts: each decision as :class:`include.verdicts.Verdict` gives it: kind, decision, subject,
        summary, rules and counterfactuals.
    """

    verdicts: list[dict[str, Any]]

    @staticmethod
    def _get_schema() -> str:
        return schema_url("VerdictsRunFacet")


@attr.define
class TaskRunFacet(RunFacet):
    """For which model, as of which date and with which code a task ran.

    :param model: name of the model.
    :param asOf: as-of date of the run (ISO); None where the task has none.
    :param codeVersion: git commit of this project's code, with ``-dirty`` where files differ from it.
    """

    model: str
    asOf: str | None = None  # noqa: N815
    codeVersion: str | None = None  # noqa: N815

    _additional_skip_redact: ClassVar[list[str]] = ["model", "asOf", "codeVersion"]

    @staticmethod
    def _get_schema() -> str:
        return schema_url("TaskRunFacet")
