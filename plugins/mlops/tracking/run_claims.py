"""One MLflow run per key, even if several workers create it at once and their clocks differ.

MLflow has no unique key and orders runs by the time that their creators claim. So workers that create a run
at the same moment have to agree, by a tag on each run: it is *raised* at first; a worker that sees no *held*
run holds its own; and once no run is raised any more, the one with the smallest id among those held is the
one. This is the safe agreement of Borowsky and Gafni (STOC 1993): all that decide, decide the same, as long
as none dies in between. The run of a worker that does die is waited for and then removed, after which MLflow
refuses its writes.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.errors import TrackingError
from mlops.tracking.tags import CLAIM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow import MlflowClient
    from mlflow.entities import Run

log = logging.getLogger(__name__)


RAISED, HELD = "raised", "held"
PATIENCE = 10.0  # seconds for another worker to get from its first request to its third
_PAUSE = 0.1


@dataclass(frozen=True, kw_only=True)
class RunClaims:
    """The runs of an experiment that carry a key.

    :param client: MLflow's.
    :param experiment_id: the experiment.
    :param tag: name of the tag that holds the key.
    :param key: the key.
    :param patience: seconds to wait for others.
    """

    client: MlflowClient
    experiment_id: str
    tag: str
    key: str
    patience: float = PATIENCE

    def find(self) -> Run | None:
        """Return the run of the key; None where there is none that anybody holds."""
        deadline = time.monotonic() + self.patience
        while True:
            runs = self._runs()
            held = [run for run in runs if _claim(run) != RAISED]
            if not held or len(held) == len(runs):
                return min(held, key=_order, default=None)
            self._wait(runs, deadline)

    def create(self, name: str, tags: Mapping[str, str], *, not_before: int) -> Run:
        """Return the run of the key, created now by this process or by another.

        :param name: of the run.
        :param tags: of the run.
        :param not_before: its start in milliseconds since 1970, if this worker's clock says less.
        """
        own = self.client.create_run(
            self.experiment_id,
            start_time=max(int(time.time() * 1000), not_before),
            run_name=name,
            tags={**tags, self.tag: self.key, CLAIM: RAISED},
        )
        if all(_claim(run) == RAISED for run in self._runs()):
            self._hold(own)
        else:
            self.client.delete_run(own.info.run_id)
        deadline, runs = time.monotonic() + self.patience, self._runs()
        while any(_claim(run) == RAISED for run in runs):
            self._wait(runs, deadline)
            runs = self._runs()
        first = min(runs, key=_order, default=None)
        if first is None:
            raise TrackingError(
                f"Run {own.info.run_id} of {self.key} was removed while it was created. The task is retried."
            )
        if any(run.info.run_id == own.info.run_id != first.info.run_id for run in runs):
            self.client.delete_run(own.info.run_id)
        return first

    def _hold(self, own: Run) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self.client.set_tag(own.info.run_id, CLAIM, HELD)
        except MlflowException as error:
            if error.error_code != "INVALID_PARAMETER_VALUE":
                raise
            log.warning("Run %s was removed while this worker was slow: %s", own.info.run_id, error)

    def _wait(self, runs: list[Run], deadline: float) -> None:
        """Give others a moment; remove what those left behind who died before they held or gave up."""
        if time.monotonic() < deadline:
            time.sleep(_PAUSE)
            return
        for run in runs:
            if _claim(run) == RAISED:
                log.warning(
                    "Removing run %s, which nobody has claimed for %g s", run.info.run_id, self.patience
                )
                self.client.delete_run(run.info.run_id)

    def _runs(self) -> list[Run]:
        return list(
            self.client.search_runs([self.experiment_id], filter_string=f"tags.`{self.tag}` = '{self.key}'")
        )


def _claim(run: Run) -> str:
    """Return a run's claim; a run of before there were claims is held."""
    return str(run.data.tags.get(CLAIM, HELD))


def _order(run: Run) -> tuple[bool, int, str]:
    """Return what runs that are held are ordered by: those of before by their start, then by id."""
    old = CLAIM not in run.data.tags
    return not old, run.info.start_time if old else 0, run.info.run_id
