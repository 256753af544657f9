"""What MLflow knows, over its REST API alone; also of runs that somebody deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.promotion.alias_plan import decision_id
from include.provenance.facts import Decision, TrainingRun, Version
from mlops.hooks.environment import check_mlflow
from mlops.hooks.mlflow_errors import is_missing
from mlops.hooks.mlflow_rest import ALL
from mlops.hooks.mlflow_server import MlflowServer, tracking_errors
from mlops.hooks.plain_connection import find_connection
from mlops.tracking import tags
from mlops.tracking.ledger import entries_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mlops.tracking.ledger import Entry


class Tracking:
    """An MLflow server, only read from.

    :param conn_id: its connection.
    :raises ConfigError: it belongs to another environment than this process.
    """

    def __init__(self, conn_id: str) -> None:
        self.conn_id = conn_id
        server = MlflowServer.of(find_connection(conn_id), conn_id)
        self._rest: Any = server.rest()
        with tracking_errors("read the mark of the environment", conn_id):
            check_mlflow(self._rest, uri=server.tracking_uri, connection=conn_id)

    def models(self) -> list[str]:
        """Return the names of all registered models."""
        with tracking_errors("list the registered models", self.conn_id):
            return [one.name for one in _pages(self._rest.search_registered_models)]

    def aliases(self, model: str) -> dict[str, str] | None:
        """Return the aliases of a model with their versions; None of one that was never registered."""
        with tracking_errors(f"read the aliases of {model}", self.conn_id):
            found = _or_none(lambda: self._rest.get_registered_model(model))
        return None if found is None else {alias: str(number) for alias, number in found.aliases.items()}

    def version(self, model: str, number: str, aliases: dict[str, str]) -> Version | None:
        """Return a version; None of one that there is not.

        :param model: the model's name.
        :param number: the version.
        :param aliases: what :meth:`aliases` returned.
        """
        with tracking_errors(f"read version {number} of {model}", self.conn_id):
            found = _or_none(lambda: self._rest.get_model_version(model, number))
        return None if found is None else _version(found, aliases)

    def versions(self, model: str, aliases: dict[str, str]) -> list[Version]:
        """Return all versions, oldest first. Parameters as for :meth:`version`."""
        condition = f"name = '{model}'"
        with tracking_errors(f"list the versions of {model}", self.conn_id):
            found = list(_pages(self._rest.search_model_versions, filter_string=condition))
        return sorted((_version(one, aliases) for one in found), key=lambda one: int(one.number))

    def run(self, model: str, run_id: str) -> TrainingRun | None:
        """Return a training run; None where the server does not know it."""
        with tracking_errors(f"read run {run_id}", self.conn_id):
            found = _or_none(lambda: self._rest.get_run(run_id)) if run_id else None
        return None if found is None else _run(model, found)

    def runs(self, model: str) -> list[TrainingRun]:
        """Return all training runs of a model, those too that somebody deleted, oldest first."""
        experiment = self._experiment(f"{model}/training")
        if experiment is None:
            return []
        with tracking_errors(f"search {model}/training", self.conn_id):
            found = _pages(
                self._rest.search_runs,
                experiment_ids=[experiment],
                order_by=["attributes.start_time ASC"],
                run_view_type=ALL,
            )
            return [_run(model, one) for one in found]

    def decisions(
        self, model: str, *, run_ids: Iterable[str] = (), version: str | None = None
    ) -> list[Decision]:
        """Return the entries of the ledger, newest first.

        :param model: the model's name.
        :param run_ids: training runs that promotions may be about: an entry names no run, but its id is made
            of it.
        :param version: the version that they are about; None for all.
        """
        condition = "" if version is None else f"tags.`{tags.VERSION}` = '{version}'"
        promoted = {decision_id(model, "promotion", run_id): run_id for run_id in run_ids}
        return [_decision(model, entry, promoted) for entry in self._entries(model, condition)]

    def answers(self, model: str, run_id: str) -> list[Decision]:
        """Return the entries of the ledger that name a candidate's run."""
        condition = f"tags.`{tags.CANDIDATE_RUN}` = '{run_id}'"
        return [_decision(model, entry, {}) for entry in self._entries(model, condition)]

    def _entries(self, model: str, condition: str) -> list[Entry]:
        experiment = self._experiment(f"{model}/decisions")
        if experiment is None:
            return []
        with tracking_errors(f"read {model}/decisions", self.conn_id):
            runs = _pages(
                self._rest.search_runs,
                experiment_ids=[experiment],
                filter_string=condition,
                order_by=["attributes.start_time DESC"],
            )
            return entries_of(runs)

    def _experiment(self, name: str) -> str | None:
        """Return the id of an experiment, also of a deleted one."""
        with tracking_errors(f"find the experiment {name}", self.conn_id):
            found = self._rest.get_experiment_by_name(name)
        return None if found is None else str(found.experiment_id)


def _or_none(ask: Callable[[], Any]) -> Any:
    """Return an answer; None where what was asked for does not exist."""
    try:
        return ask()
    except Exception as error:
        if not is_missing(error):
            raise
        return None


def _pages(ask: Callable[..., Any], **condition: Any) -> Iterator[Any]:
    """Yield what a search finds, however many pages that are."""
    token = None
    while True:
        page = ask(**condition, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _version(found: Any, aliases: dict[str, str]) -> Version:
    number = str(found.version)
    return Version(
        model=found.name,
        number=number,
        run_id=found.run_id or "",
        aliases=tuple(sorted(alias for alias, points in aliases.items() if points == number)),
        registered=int(found.creation_timestamp or 0),
        evaluation=found.tags.get(tags.EVALUATION, ""),
    )


def _run(model: str, found: Any) -> TrainingRun:
    info, said = found.info, found.data.tags
    return TrainingRun(
        model=model,
        run_id=info.run_id,
        status=info.status,
        deleted=info.lifecycle_stage == "deleted",
        started=int(info.start_time or 0),
        as_of=said.get(tags.AS_OF_DATE, ""),
        manifest_key=said.get(tags.MANIFEST, ""),
        dataset_key=said.get(tags.DATASET, ""),
        code_version=said.get(tags.CODE_VERSION, ""),
        airflow_run=said.get(tags.AIRFLOW_RUN, said.get(tags.TASK, "")),
        superseded_by=said.get(tags.SUPERSEDED_BY, ""),
    )


def _decision(model: str, entry: Entry, promoted: dict[str, str]) -> Decision:
    return Decision(
        model=model,
        decision_id=entry.decision_id,
        kind=entry.kind,
        decision=entry.decision,
        summary=entry.summary,
        state=entry.state.value,
        by=entry.tags.get(tags.BY, "the gate"),
        time=entry.time,
        version=entry.tags.get(tags.VERSION, ""),
        run_id=entry.tags.get(tags.CANDIDATE_RUN, promoted.get(entry.decision_id, "")),
    )
