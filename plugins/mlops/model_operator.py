"""What the operators of this project share: the model folder they work for, and decisions that end a log."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.branch import BaseBranchOperator
from airflow.sdk import BaseOperator, TriggerRule

from mlops.hand_over import check_hand_over
from mlops.run_context import model_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.config.schema import ModelConfig
    from include.verdicts import Verdict


class ModelOperator(BaseOperator):
    """An operator that works for one model.

    :param model_folder: the folder with ``model.yaml``.
    """

    def __init__(self, *, model_folder: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model_folder = model_folder

    @property
    def config(self) -> ModelConfig:
        """The model's configuration, read from the folder now."""
        return model_config(self.model_folder)

    def pre_execute(self, context: Context) -> None:  # noqa: ARG002 - Airflow's signature
        """Check what earlier tasks handed on, before any work begins.

        A task that runs whatever became of those before it looks for itself what there is.

        :raises InputError: something is missing.
        """
        if self.trigger_rule == TriggerRule.ALL_SUCCESS:
            for field in self.template_fields:
                check_hand_over(self.task_id, field, getattr(self, field))

    def link(self, name: str, url: str) -> None:
        """Keep an address for the button ``name`` on the task page."""
        self.links = {**getattr(self, "links", {}), name: url}


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
        context["ti"].xcom_push(key="verdict", value=self._verdict.to_dict())
        return branch

    def execute(self, context: Context) -> Any:
        """Follow the branch that was chosen."""
        try:
            return super().execute(context)
        finally:  # skipping tasks ends execute with an exception of Airflow's own
            if hasattr(self, "_verdict"):
                self._settle(context, self._verdict)
                self.log.info("%s", self._verdict.to_text())

    def _settle(self, context: Context, verdict: Verdict) -> None:
        """Close the alerts about earlier decisions of this kind: this one differs, so they are over."""
        from include.alerting.causes import verdict_kind
        from mlops.alerts.send import settle
        from mlops.run_context import stands_on

        kind, as_of = verdict_kind(verdict), stands_on(context)
        same = f"{verdict.kind}: "
        settle(
            self.config,
            lambda open_cause: (
                open_cause.kind != kind and open_cause.kind.startswith(same) and as_of >= open_cause.as_of
            ),
        )
