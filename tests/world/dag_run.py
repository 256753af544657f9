"""A run of one of a model's DAGs, task by task in this process: the DAG's own tasks with their templates
rendered, against real servers and without a scheduler or a metadata database."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule
from airflow.sdk.definitions.param import process_params
from airflow.sdk.exceptions import DownstreamTasksSkipped

from include.config.load import load_model
from mlops.run_context import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from airflow.sdk import DAG, Asset, BaseOperator

RESULT = "return_value"
_BUILDING = Lock()


class TaskInstance(SimpleNamespace):
    """As much of a task instance as the operators use."""

    run: DagRun
    task: BaseOperator
    pushed: dict[str, Any]

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = through_json(value)

    def xcom_pull(self, task_ids: str, key: str = RESULT) -> Any:
        found = self.run.results if key == RESULT else self.run.pushed.get(task_ids, {})
        return found.get(task_ids if key == RESULT else key)

    def get_dr_count(self, dag_id: str, run_ids: list[str]) -> int:
        return sum((dag_id, run_id) in self.run.other_runs for run_id in run_ids)


class AssetStates:
    """Airflow's asset state store; what it holds is one dictionary that a test may look into."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.of_asset = SimpleNamespace(get=values.get, set=values.__setitem__)

    def __getitem__(self, asset: object) -> SimpleNamespace:
        return self.of_asset


class AssetEvents:
    """The events of assets as a task sees them; those it adds count once it has succeeded.

    :param told: asset's address to what its events say, oldest first; runs may share it.
    """

    def __init__(self, told: dict[str, list[dict[str, Any]]]) -> None:
        self.told = told
        self.added: list[tuple[str, dict[str, Any]]] = []

    def of_inlets(self, inlets: Sequence[Any]) -> dict[Any, SeenEvents]:
        """Return the events of a task's inlets; it sees no others."""
        return {one: SeenEvents(self.told.get(one.uri, [])) for one in inlets}

    def of_outlets(self, outlets: Sequence[Any]) -> dict[Any, SimpleNamespace]:
        """Return what takes the events of a task's outlets."""
        return {one: SimpleNamespace(add=self._add) for one in outlets}

    def _add(self, asset: Asset, extra: dict[str, Any]) -> None:
        self.added.append((asset.uri, extra))

    def commit(self) -> None:
        for uri, extra in self.added:
            self.told.setdefault(uri, []).append(through_json(extra))


class SeenEvents:
    """As much of Airflow's accessor as is used; every event is new enough."""

    def __init__(self, extras: list[dict[str, Any]]) -> None:
        self.extras = extras

    def ascending(self, ascending: bool) -> SeenEvents:
        return SeenEvents(self.extras if ascending else self.extras[::-1])

    def after(self, after: str) -> SeenEvents:
        assert datetime.fromisoformat(after).tzinfo
        return self

    def limit(self, limit: int) -> SeenEvents:
        return SeenEvents(self.extras[:limit])

    def __iter__(self) -> Iterator[SimpleNamespace]:
        return (SimpleNamespace(extra=extra) for extra in self.extras)


@dataclass
class DagRun:
    """One run of a DAG. The DAG is built at once, as Airflow has parsed it before a run begins.

    :param folder: the model folder.
    :param as_of: ISO date on which the data interval ends.
    :param run_id: what Airflow would call it.
    :param kind: of the DAG: the file in ``dags/``.
    :param conf: what the trigger form holds.
    :param asset_states: what Airflow's asset state store holds; runs may share it.
    :param asset_events: what the events of assets say, by address; runs may share it.
    :param other_runs: (dag id, run id) of the runs that Airflow's database holds besides this one.
    :param results: what each task returned, as JSON.
    :param pushed: what each task pushed besides, by key.
    :param skipped: the tasks that a branch has left out.
    :param begun: the task that was begun last.
    :param user: who started it by hand.
    :param operators: the operators of the tasks that ran, as they were left.
    """

    folder: Path
    as_of: str = "2005-05-31"
    run_id: str = "manual__1"
    kind: str = "training"
    conf: dict[str, Any] = field(default_factory=dict)
    asset_states: dict[str, Any] = field(default_factory=dict)
    asset_events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    other_runs: set[tuple[str, str]] = field(default_factory=set)
    results: dict[str, Any] = field(default_factory=dict)
    pushed: dict[str, dict[str, Any]] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    begun: str = ""
    user: str | None = None
    operators: dict[str, BaseOperator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dag: DAG = build_dag(self.kind, self.folder)

    @property
    def tasks(self) -> list[str]:
        """The ids of the DAG's tasks, each after those that it follows."""
        return [task.task_id for task in self.dag.topological_sort()]

    def way_to(self, task_id: str) -> list[str]:
        """The ids of the tasks that come before one, in order, and its own."""
        needed = self.dag.get_task(task_id).get_flat_relative_ids(upstream=True)
        return [*(found for found in self.tasks if found in needed), task_id]

    def context(self, task: BaseOperator) -> dict[str, Any]:
        """What Airflow hands to a task that runs."""
        moment = datetime.fromisoformat(self.as_of).replace(tzinfo=UTC)
        run = SimpleNamespace(
            run_id=self.run_id, dag_id=self.dag.dag_id, conf=self.conf, run_after=moment,
            triggering_user_name=self.user,
        )  # fmt: skip
        instance = TaskInstance(
            run=self, task=task, pushed={}, dag_id=self.dag.dag_id, run_id=self.run_id, task_id=task.task_id,
            map_index=-1, try_number=1, id="0190", log_url=f"http://airflow/{task.task_id}",
        )  # fmt: skip
        events = AssetEvents(self.asset_events)
        return {
            "ti": instance, "task_instance": instance, "task": task, "dag": self.dag, "dag_run": run,
            "params": process_params(self.dag, task, self.conf, suppress_exception=False),
            "data_interval_start": moment, "data_interval_end": moment, "run_id": self.run_id,
            "asset_state_store": AssetStates(self.asset_states),
            "inlet_events": events.of_inlets(task.inlets),
            "outlet_events": events.of_outlets(task.outlets), "told": events,
        }  # fmt: skip

    def operator(self, task_id: str) -> BaseOperator:
        """Return a task of the DAG, ready to run: its templates hold what the tasks before it handed on."""
        task: BaseOperator = self.dag.get_task(task_id).prepare_for_execution()
        task.render_template_fields(self.context(task))
        return task

    def run_task(self, task_id: str) -> Any:
        """Run one task and keep what it hands on; return its result, of a branch the task that follows.

        :raises Exception: whatever the task raised, a skip of its own too.
        """
        return self._run(task_id, lambda task, context: task.execute(context))

    def resume(self, task_id: str, event: dict[str, Any]) -> Any:
        """Go on with a task that was waiting, as :meth:`run_task`.

        :param event: what it was waiting for.
        """
        return self._run(task_id, lambda task, context: task.execute_complete(context, event))

    def _run(self, task_id: str, execute: Callable[[Any, dict[str, Any]], Any]) -> Any:
        self.begun = task_id
        task = self.operators[task_id] = self.operator(task_id)
        context = self.context(task)
        self.skipped -= task.get_flat_relative_ids()  # it may decide otherwise than the last time
        try:
            task.pre_execute(context)
            result = through_json(execute(task, context))
            task.post_execute(context, result)
            context["told"].commit()
        except DownstreamTasksSkipped as left_out:
            self.skipped |= {one if isinstance(one, str) else one[0] for one in left_out.tasks}
            context["told"].commit()
            (result,) = {task.task_id for task in task.downstream_list} - self.skipped or {None}
        self.results[task_id] = result
        self.pushed[task_id] = context["ti"].pushed
        return result

    def run(self, until: str = "") -> str:
        """Run the tasks in order, up to one of them or to the end; return the last one that ran."""
        last = ""
        for task_id in self.way_to(until) if until else self.tasks:
            if self.is_skipped(task_id):
                self.skipped.add(task_id)
            else:
                self.run_task(task_id)
                last = task_id
        return last

    def is_skipped(self, task_id: str) -> bool:
        """Whether a branch has left out a task, or one without which it does not run."""
        task = self.dag.get_task(task_id)
        needs_all = task.trigger_rule == TriggerRule.ALL_SUCCESS
        return task_id in self.skipped or (needs_all and bool(task.upstream_task_ids & self.skipped))

    @property
    def verdict(self) -> dict[str, Any]:
        """The gate's verdict."""
        found: dict[str, Any] = self.pushed["gate"]["verdict"]
        return found


def through_json(value: Any) -> Any:
    """Return what comes out of an XCom that something was put into."""
    return json.loads(json.dumps(value, allow_nan=False, default=datetime.isoformat))


def build_dag(kind: str, folder: Path) -> DAG:
    """Build one DAG of a model as the file in ``dags/`` does; one at a time: Airflow has one current DAG."""
    with _BUILDING:
        dag: DAG = getattr(_dag_file(kind), f"{kind}_dag")(folder, load_model(folder))
    return dag


@cache
def _dag_file(kind: str) -> ModuleType:
    file = PROJECT_ROOT / "dags" / f"{kind}.py"
    spec = importlib.util.spec_from_file_location(f"dag_file_{kind}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
