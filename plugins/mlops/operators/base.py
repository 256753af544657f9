"""What the operators of this project share: the model, its connections, and what they leave behind."""

from __future__ import annotations

import inspect
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator, TriggerRule

from include.strict_json import plain
from mlops.alerts.send import send_alert
from mlops.assets import part_alias, tell_once
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.metrics.quiet_end import guard_end_of_task
from mlops.model_asset import model_asset
from mlops.operators.results.task_input import TaskInput
from mlops.page_state.remember import remember_on_page
from mlops.run_context import model_config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Asset, Context

    from include.alerting.alert import Alert
    from include.asset_event import AssetEvent
    from include.config.schema import ModelConfig
    from mlops.assets import Part
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.operators.results.base import TaskResult
    from mlops.tracking.ledger import Ledger
    from mlops.tracking.model_registry import ModelRegistry


class ModelOperator(BaseOperator):
    """An operator that works for one model. A subclass states only its own inputs.

    Every parameter of a subclass is a template field and an attribute of the same name. What an earlier task
    handed on is declared as a :class:`~mlops.operators.results.task_input.TaskInput` besides, and is checked
    before any work begins. Configuration and hooks are made once per task, so that all of it sees one version
    of them.

    :param model_folder: the folder with ``model.yaml``.
    :param mlflow_conn_id: Airflow connection of MLflow.
    :param data_registry_conn_id: Airflow connection of the data registry.
    :param object_store_conn_id: Airflow connection of the object store.
    """

    template_fields: Sequence[str] = (
        "model_folder", "mlflow_conn_id", "data_registry_conn_id", "object_store_conn_id",
    )  # fmt: skip
    shown: ClassVar[bool] = False  # whether the pages in Airflow's UI show what it decides
    noted: Mapping[str, Any] = MappingProxyType({})  # what the task has read, made and decided so far

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make each parameter of the constructor a template field, after those of the bases."""
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            inherited = [field for base in cls.__bases__ for field in getattr(base, "template_fields", ())]
            cls.template_fields = tuple(dict.fromkeys([*inherited, *_parameters(cls)]))

    def __init__(
        self,
        *,
        model_folder: str,
        mlflow_conn_id: str = MlflowHook.default_conn_name,
        data_registry_conn_id: str = "data_registry_default",
        object_store_conn_id: str = ObjectStoreHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**(kwargs | self.inlets_shown(model_folder, kwargs.get("inlets") or [])))
        self.model_folder = model_folder
        self.mlflow_conn_id = mlflow_conn_id
        self.data_registry_conn_id = data_registry_conn_id
        self.object_store_conn_id = object_store_conn_id

    @cached_property
    def config(self) -> ModelConfig:
        """The model's configuration, as it was when the task began."""
        return model_config(self.model_folder)

    @cached_property
    def mlflow(self) -> MlflowHook:
        """MLflow."""
        return MlflowHook(self.mlflow_conn_id)

    @cached_property
    def store(self) -> ObjectStoreHook:
        """The object store."""
        return ObjectStoreHook(self.object_store_conn_id)

    @cached_property
    def data_registry(self) -> DataRegistryHook:
        """The data registry."""
        from mlops.hooks.data_registry import (
            DataRegistryHook,
        )  # with DVC and git, which parsing does not need

        return DataRegistryHook(self.data_registry_conn_id, object_store_conn_id=self.object_store_conn_id)

    @cached_property
    def model_registry(self) -> ModelRegistry:
        """The model's versions and aliases, by the name of its folder, whatever ``model.yaml`` says."""
        from mlops.tracking.model_registry import ModelRegistry

        return ModelRegistry(self.mlflow, Path(self.model_folder).name)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of the model's decisions."""
        from mlops.tracking.ledger import Ledger

        return Ledger(self.mlflow, Path(self.model_folder).name)

    def pre_execute(self, context: Context) -> None:
        """Read what earlier tasks handed on, and forget the configuration and the hooks of an earlier try.

        A task with another trigger rule than the usual one runs whatever became of those before it, so it
        may have been given nothing.

        :raises InputError: something is missing.
        """
        guard_end_of_task()
        for name in ("config", "mlflow", "store", "data_registry", "model_registry", "ledger", "noted"):
            vars(self).pop(name, None)  # an operator may run more than once in one process
        for name in self.template_fields:
            declared = getattr(type(self), name, None)
            if isinstance(declared, TaskInput) and self.trigger_rule == TriggerRule.ALL_SUCCESS:
                declared.read(self)

    @classmethod
    def inlets_shown(cls, model_folder: str, others: Sequence[Asset] = ()) -> dict[str, Any]:
        """Return the inlets of an operator that is shown: a task reaches the state of no other asset.

        :param model_folder: the folder with ``model.yaml``.
        :param others: what it has as inlets besides.
        """
        return {"inlets": [model_asset(model_folder), *others]} if cls.shown else {}

    def post_execute(self, context: Context, result: Any = None) -> None:
        """Leave for the pages what was decided."""
        super().post_execute(context, result)
        self.show(context)

    def show(self, context: Context) -> None:
        """Leave for the pages in Airflow's UI what this task has noted, if they show it."""
        if self.shown:
            remember_on_page(context, self.model_folder, self.noted, getattr(self, "links", {}))

    def push(self, context: Context, key: str, value: Any) -> None:
        """Hand something on to later tasks besides what ``execute`` returns."""
        context["ti"].xcom_push(key=key, value=plain(value))

    def note(self, **found: Any) -> None:
        """Keep in memory what was read, made or decided, for whoever reports it afterwards."""
        self.noted = {**self.noted, **found}

    def note_tally(self) -> None:
        """Keep how often the model was promoted and so on: metrics may be switched on later.

        A ledger that can't be read now fails nothing.
        """
        from mlops.tracking.tally import tally

        try:
            self.note(tally=tally(self.ledger.entries()))
        except Exception as error:  # the decision stands, and this is only told of it
            self.log.warning("The ledger was not counted: %s: %s", type(error).__name__, error)

    def hand_on(self, result: TaskResult | dict[str, Any]) -> dict[str, Any]:
        """Return what ``execute`` returns, and keep it in memory besides."""
        values = result if isinstance(result, dict) else result.to_xcom()
        self.note(result=values)
        return values

    def tell(self, context: Context, part: Part, event: AssetEvent, *, since: datetime) -> None:
        """Emit an event of an asset once, if the DAG's wiring makes this the task that tells of it.

        :param context: of the task.
        :param part: the node of the model's graph.
        :param event: what it says.
        :param since: a moment before which the thing did not exist.
        """
        names = {getattr(outlet, "name", "") for outlet in self.outlets}
        if part_alias(self.model_folder, part).name not in names:
            return
        if tell_once(context, self.model_folder, part, event, since=since):
            self.log.info("An event of %s %s with this task's success: %s", event.model, part, event.key)

    def get_openlineage_facets_on_start(self) -> OperatorLineage:
        """Return what OpenLineage gets when the task starts. Its provider asks, if it is switched on."""
        from mlops.openlineage.emit import Moment, facets_of

        return facets_of(self, Moment.START)

    def get_openlineage_facets_on_complete(self, task_instance: object) -> OperatorLineage:
        """Return what OpenLineage gets when the task has ended, or was skipped."""
        from mlops.openlineage.emit import Moment, facets_of

        return facets_of(self, Moment.COMPLETE)

    def get_openlineage_facets_on_failure(self, task_instance: object) -> OperatorLineage:
        """Return what OpenLineage gets when the task has failed: how far it got."""
        from mlops.openlineage.emit import Moment, facets_of

        return facets_of(self, Moment.FAILURE)

    def link(self, name: str, url: str) -> None:
        """Keep an address for the button ``name`` on the task page."""
        self.links = {**getattr(self, "links", {}), name: url}

    def send_alert(self, alert: Alert) -> bool:
        """Send an alert, once for its cause; return whether people were notified now."""
        return send_alert(self.config, alert, self.store)


def _parameters(operator: type[BaseOperator]) -> list[str]:
    """Return the keyword-only parameters of an operator's own constructor."""
    parameters = inspect.signature(operator.__init__).parameters.values()
    return [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]
