"""What the operators of this project share: the model folder they work for, and decisions that end a log."""

from __future__ import annotations

from abc import abstractmethod
from functools import wraps
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.branch import BaseBranchOperator
from airflow.sdk import BaseOperator, TriggerRule

from include.alerting.causes import verdict_kind
from include.strict_json import plain
from mlops.alerts.send import alert_store, resolve_alerts
from mlops.operators.results import check_hand_over
from mlops.run_context import as_of_date, model_config

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

    from include.config.schema import ModelConfig
    from include.verdicts import Verdict


class ModelOperator(BaseOperator):
    """An operator that works for one model.

    What it returns and pushes becomes JSON in Airflow's database, so a figure that is not defined is None
    there (:mod:`include.strict_json`), whatever a task computed.

    :param model_folder: the folder with ``model.yaml``.
    """

    _config: ModelConfig | None = None  # of the task that is running

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let the result of ``execute`` be plain JSON values."""
        super().__init_subclass__(**kwargs)
        if "execute" in vars(cls):
            cls.execute = _returning_plain(cls.execute)  # type: ignore[method-assign]

    def __init__(self, *, model_folder: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model_folder = model_folder

    @property
    def config(self) -> ModelConfig:
        """The model's configuration: read once for each task, so that all of it sees one version."""
        if self._config is None:
            self._config = model_config(self.model_folder)
        return self._config

    def pre_execute(self, context: Context) -> None:
        """Check what earlier tasks handed on, before any work begins, and read ``model.yaml`` as it is now.

        A task that runs whatever became of those before it looks for itself what there is.

        :raises InputError: something is missing.
        """
        self._config = None  # an operator may run more than once in one process
        if self.trigger_rule == TriggerRule.ALL_SUCCESS:
            for field in self.template_fields:
                check_hand_over(self.task_id, field, getattr(self, field))

    def push(self, context: Context, key: str, value: Any) -> None:
        """Hand something on to later tasks besides what ``execute`` returns."""
        context["ti"].xcom_push(key=key, value=plain(value))

    def link(self, name: str, url: str) -> None:
        """Keep an address for the button ``name`` on the task page."""
        self.links = {**getattr(self, "links", {}), name: url}


def _returning_plain(execute: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``execute`` with a result that JSON can hold."""

    @wraps(execute)
    def wrapped(self: ModelOperator, *args: Any, **kwargs: Any) -> Any:
        return plain(execute(self, *args, **kwargs))

    return wrapped


class DecisionOperator(ModelOperator, BaseBranchOperator):
    """An operator that decides which way the run goes on, and whose verdict is the last thing in its log.

    :param model_folder: the folder with ``model.yaml``.
    """

    @abstractmethod
    def decide(self, context: Context) -> tuple[Verdict, str | None]:
        """Return the verdict and the id of the task to follow; None skips the rest of the run."""

    def choose_branch(self, context: Context) -> str | None:
        """Decide, and hand the verdict to the tasks that follow."""
        self._verdict, branch = self.decide(context)
        self.push(context, "verdict", self._verdict.to_dict())
        return branch

    def execute(self, context: Context) -> Any:
        """Follow the branch that was chosen."""
        try:
            return super().execute(context)
        finally:  # skipping tasks ends execute with an exception of Airflow's own
            if hasattr(self, "_verdict"):
                self._resolve_alerts(context, self._verdict)
                self.log.info("%s", self._verdict.to_text())

    def _resolve_alerts(self, context: Context, verdict: Verdict) -> None:
        """Resolve the alerts about earlier decisions of this kind, which this decision replaces."""
        kind, as_of = verdict_kind(verdict), as_of_date(context)
        same = f"{verdict.kind}: "
        resolve_alerts(
            self.config,
            lambda known: known.kind != kind and known.kind.startswith(same) and as_of >= known.as_of,
            alert_store(self),
        )
