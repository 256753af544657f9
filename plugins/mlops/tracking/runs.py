"""MLflow runs that are found again by a key: one per key, even if several workers create it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.tracking.run_claims import RunClaims
from mlops.tracking.tags import RUN_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import Run

    from mlops.hooks.mlflow import MlflowHook

_ORDERED = ("training", "decisions")  # experiments of a model whose runs are compared by their start


class _LateClient:
    """Searches over the REST API alone, and makes MLflow's client only when a run is to be changed.

    :param hook: the MLflow hook.
    """

    def __init__(self, hook: MlflowHook) -> None:
        self._hook = hook

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hook.rest if name == "search_runs" else self._hook.client, name)


def find_run(hook: MlflowHook, experiment: str, tag: str, value: str) -> Run | None:
    """Return the run that carries a tag, or None; creates neither a run nor an experiment.

    :param hook: the MLflow hook.
    :param experiment: its name.
    :param tag: name of the tag that holds the key.
    :param value: the key.
    :raises TrackingError: MLflow can't be reached.
    """
    identifier = hook.find_experiment(experiment)
    if identifier is None:
        return None
    with hook.errors(f"search {experiment}"):
        return RunClaims(client=_LateClient(hook), experiment_id=identifier, tag=tag, key=value).find()


def all_runs(hook: MlflowHook, experiment: str, *, filter_string: str = "", order: str) -> list[Run]:
    """Return every run of an experiment that meets a condition, however many pages that are.

    :param hook: the MLflow hook.
    :param experiment: its name; one that does not exist has none.
    :param filter_string: the condition, in MLflow's language.
    :param order: ``ASC`` for oldest first, ``DESC`` for newest first.
    :raises TrackingError: MLflow can't be reached.
    """
    identifier = hook.find_experiment(experiment)
    if identifier is None:
        return []
    runs: list[Run] = []
    token = None
    with hook.errors(f"read {experiment}"):
        while True:
            page = hook.rest.search_runs(
                [identifier],
                filter_string=filter_string,
                order_by=[f"attributes.start_time {order}"],
                page_token=token,
            )
            runs += page
            token = page.token
            if not token:
                return runs


def find_or_create_run(
    hook: MlflowHook,
    experiment: str,
    *,
    key_tag: str = RUN_KEY,
    key: str,
    name: str,
    tags: Mapping[str, str],
) -> Run:
    """Return the one run with a key. A retry, a second worker, a cleared task: all get the same run.

    It starts after everything that the model's training and decisions have recorded so far, even where this
    worker's clock is behind: the order of events is read from these times.

    :param hook: the MLflow hook.
    :param experiment: its name.
    :param key_tag: name of the tag that holds the key.
    :param key: the key.
    :param name: shown in the list of runs; of a new run.
    :param tags: of a new run.
    :raises TrackingError: MLflow can't be reached.
    """
    found = find_run(hook, experiment, key_tag, key)
    if found is not None:
        return found
    identifier, after = hook.experiment_id(experiment), _newest_start(hook, experiment)
    with hook.errors(f"create a run in {experiment}"):
        claims = RunClaims(client=hook.client, experiment_id=identifier, tag=key_tag, key=key)
        return claims.create(name, tags, not_before=after + 1)


def _newest_start(hook: MlflowHook, experiment: str) -> int:
    """Return the latest start of a run of the same model, in milliseconds since 1970; 0 without any."""
    model = experiment.rpartition("/")[0]
    names = {experiment, *(f"{model}/{kind}" for kind in _ORDERED)}
    known = [found for name in sorted(names) if (found := hook.find_experiment(name))]
    if not known:
        return 0
    with hook.errors(f"search {experiment}"):
        runs = hook.rest.search_runs(known, order_by=["attributes.start_time DESC"], max_results=1)
    return int(runs[0].info.start_time) if runs else 0
