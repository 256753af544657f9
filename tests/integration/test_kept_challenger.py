"""A refused candidate that is kept, sits the next exam, and is promoted: against a real MLflow.

The world: a weak champion of May, a good candidate of June that misses a floor which nobody can pass, and a
weak candidate of July. The candidate of June is kept, and July's exam proves it better.
"""

from __future__ import annotations

import copy
import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
import requests

from include.errors import DataError
from include.promotion.attempts.exam import Exam
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.tags import AS_OF_DATE, DATASET, EVALUATION, GATE, MANIFEST, TEST_DIGEST, TRAINING_KEY
from tests.world.dag_run import DagRun
from tests.world.edits import edit
from tests.world.probe import probe_in_this_process
from tests.world.world import make_light

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.dag_test import DagRunner
    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(900)]

MAY, JUNE, JULY = "2005-05-31", "2005-06-30", "2005-07-31"
WEAK, GOOD = "max_iter: 2\n", "max_iter: 150\n"
LOOSE = "min_gain: 0.0\n  error_per_champion: 0.5\n  exams: 4\n"  # small test sets prove little
FLOOR, NOBODY = "brier: 0.12", "brier: 0.001"
WRITES = {"POST", "PATCH", "PUT", "DELETE"}


def set_stage(folder: Path, day: str) -> None:
    """Change the model so that the candidate of a day is as the world says."""
    changes = {
        MAY: [(GOOD, WEAK), ("min_gain: 0.0\n", LOOSE)],
        JUNE: [(WEAK, GOOD), (FLOOR, NOBODY)],
        JULY: [(GOOD, WEAK), (NOBODY, FLOOR)],
    }  # fmt: skip
    edit(folder / "model.yaml", *changes[day])


@pytest.fixture
def july(
    small_model: Path, small_source: Path, mlflow_server: MlflowProcess, monkeypatch: pytest.MonkeyPatch
) -> DagRun:
    """The run of July, evaluated; the run of June has left a challenger."""
    make_light(monkeypatch)
    set_stage(small_model, MAY)
    assert DagRun(small_model, as_of=MAY).run() == "promote"
    set_stage(small_model, JUNE)
    june = DagRun(small_model, as_of=JUNE, run_id="manual__2")
    assert june.run() == "alert"
    assert "this candidate sits the exams that follow" in json.dumps(june.verdict)
    set_stage(small_model, JULY)
    run = DagRun(small_model, as_of=JULY, run_id="manual__3")
    run.run("evaluate")
    run.other_runs = {("june", june.results["train"]["run_id"])}
    return run


def june_run(july: DagRun) -> str:
    """The MLflow run of June's candidate."""
    ((_, run_id),) = july.other_runs
    return run_id


def exams(state: Path, model: str) -> dict[str, bytes]:
    """The records of all exams, by file."""
    found = (state / "store" / "models" / model / "exams").rglob("*.json")
    return {path.stem: path.read_bytes() for path in found}


def check_that_a_preview_records_nothing(july: DagRun, state: Path) -> None:
    before = exams(state, july.folder.name)
    july.conf = {"dry_run": True}
    july.run_task("gate")
    assert july.verdict["decision"] == "promote"
    assert exams(state, july.folder.name) == before


def check_that_a_cleared_gate_decides_the_same(july: DagRun, state: Path) -> None:
    """Its own record is not an earlier exam."""
    july.run_task("gate")
    first, kept = july.verdict, exams(state, july.folder.name)
    july.run_task("gate")
    assert july.verdict == first
    july.run_task("evaluate")
    july.run_task("gate")
    assert july.verdict == first
    assert exams(state, july.folder.name) == kept
    found = Exam.from_dict(json.loads(kept[july.results["train"]["run_id"]]))
    assert found.earlier == (june_run(july),)
    assert first["inputs"]["attempts"]["exam"] == 2


def test_the_challenger_of_june_is_promoted_in_july(
    july: DagRun, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe_in_this_process(monkeypatch)
    model, hook, own = july.folder.name, MlflowHook(), june_run(july)
    assert july.results["evaluate"]["challenger_run"] == own
    check_that_a_cleared_gate_decides_the_same(july, state)
    verdict = july.verdict
    assert (verdict["decision"], verdict["inputs"]["chosen_run"]) == ("promote", own)
    assert verdict["summary"].startswith(
        "the kept challenger of 2005-06-30 is better than champion version 1"
    )
    july.run_task("register")
    assert july.results["register"]["run_id"] == own
    july.run_task("promote")

    registry = ModelRegistry(hook, model)
    assert registry.aliases() == {"champion": "2", "previous_champion": "1"}
    version, training = registry.version("2"), hook.run(own)
    assert version is not None
    assert version.run_id == own
    for tag in (AS_OF_DATE, MANIFEST, DATASET, TRAINING_KEY, TEST_DIGEST):
        assert version.tags[tag] == training.data.tags[tag], f"{tag} is that of another training"
    assert version.tags[AS_OF_DATE] == JUNE
    assert version.tags[EVALUATION] == july.results["evaluate"]["challenger_key"]
    newest = Ledger(hook, model).entries()[0]
    assert (newest.kind, newest.applied) == ("promotion", True)
    assert newest.tags[TRAINING_KEY] == training.data.tags[TRAINING_KEY]
    assert training.data.tags[GATE] == "promote"
    assert hook.run(july.results["train"]["run_id"]).data.tags[GATE] == "reject"
    assert len(exams(state, model)) == 2


def check_that_the_record_of_another_try_is_refused(late: DagRun) -> None:
    """Two tries of ``evaluate`` at once: the champion changed in between, and the record is the other's."""
    assert late.results["evaluate"]["champion_version"] == "1"
    with pytest.raises(
        DataError, match=r"compares with version 2.*handed on.*version 1.*clear the task evaluate"
    ):
        late.run_task("gate")


def check_that_exams_of_another_life_do_not_count(july: DagRun) -> None:
    """Somebody takes the alias to a version by hand: its life has no decision, and no exams."""
    hook = MlflowHook()
    registry = ModelRegistry(hook, july.folder.name)
    version, _ = registry.register(
        run_id=june_run(july), source=str(registry.champion().source), tags={}, description="by hand"
    )
    champion = registry.champion()
    registry.set_tags(version, {key: value for key, value in champion.tags.items() if value})
    registry.set_alias("champion", version)
    late = copy.deepcopy(july)
    july.run_task("evaluate")
    check_that_the_record_of_another_try_is_refused(late)
    assert july.results["evaluate"]["life"] == f"v{version}"
    assert july.results["evaluate"]["challenger_run"] is None
    registry.set_alias("champion", "1")
    registry.hook.client.delete_model_version(july.folder.name, version)


@pytest.mark.full  # CI has who leaves, and why, in tests/core/promotion/attempts
def test_a_challenger_that_is_gone_leaves_and_nothing_fails(july: DagRun, state: Path) -> None:
    hook = MlflowHook()
    check_that_a_preview_records_nothing(july, state)
    check_that_exams_of_another_life_do_not_count(july)
    hook.client.delete_run(june_run(july))
    july.run_task("evaluate")
    assert july.results["evaluate"]["challenger_key"] is None
    july.run_task("gate")
    assert july.verdict["decision"] == "reject"
    (said,) = [one for one in july.verdict["reasons"] if one["rule"] == "kept challenger"]
    assert said["found"].startswith("the one of 2005-06-30 leaves: run")
    assert "was deleted" in said["found"]
    hook.client.restore_run(june_run(july))
    july.run_task("gate")  # what was evaluated stays what it was
    assert july.verdict["decision"] == "reject"
    own = june_run(july)
    experiment = hook.run(own).info.experiment_id
    (logged,) = hook.client.search_logged_models([experiment], filter_string=f"source_run_id = '{own}'")
    hook.client.delete_logged_model(logged.model_id)
    july.run_task("evaluate")
    assert july.results["evaluate"]["challenger_key"] is None
    assert july.results["evaluate"]["challenger_error"]


@pytest.mark.parametrize(
    "task",
    [pytest.param(name, marks=pytest.mark.full) for name in ("evaluate", "gate", "register", "promote")],
)
def test_a_task_killed_at_any_request_ends_as_if_it_had_not_been(
    july: DagRun, state: Path, task: str, request: pytest.FixtureRequest
) -> None:
    """As tests/integration/test_crashes.py, CI's share, but the challenger wins."""
    for before in july.way_to(task)[6:-1]:
        july.run_task(before)
    at, step = 1, 1 if task == "promote" or request.config.getoption("--full-chaos") else 3
    while run_and_die(copy.deepcopy(july), task, at):
        at += step
    assert at > 1, f"{task} was never killed: the test has lost its teeth"
    way = july.way_to("promote")
    for rest in way[way.index(task) :]:
        july.run_task(rest)
    model, hook = july.folder.name, MlflowHook()
    assert ModelRegistry(hook, model).aliases() == {"champion": "2", "previous_champion": "1"}
    assert len(hook.client.search_model_versions(f"name = '{model}'")) == 2
    entries = Ledger(hook, model).entries()
    assert [entry.kind for entry in entries] == ["promotion", "gate", "promotion"]
    assert all(entry.applied for entry in entries)
    assert len(exams(state, model)) == 2


def run_and_die(run: DagRun, task: str, at: int) -> bool:
    """Run a task in a fork that kills itself at its ``at``-th request that changes something."""
    child = os.fork()
    if child == 0:
        send, seen = requests.Session.request, 0

        def dying(self: requests.Session, method: str, url: str, **kwargs: Any) -> requests.Response:
            nonlocal seen
            seen += method.upper() in WRITES and "/search" not in url
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return send(self, method, url, **kwargs)

        requests.Session.request = dying  # type: ignore[method-assign]
        try:
            run.run_task(task)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, f"{task} failed by itself"
    return False


@pytest.mark.full  # CI has its tasks one by one, in the tests above
def test_a_challenger_is_promoted_as_airflow_runs_it(
    run_dag: DagRunner, small_model: Path, small_source: Path
) -> None:
    dag_id, registry = f"{small_model.name}_training", ModelRegistry(MlflowHook(), small_model.name)
    for day, last in ((MAY, "promote"), (JUNE, "alert"), (JULY, "promote")):
        set_stage(small_model, day)
        assert run_dag(dag_id, day)[last] == "success", run_dag.output[-3000:]
    assert "the kept challenger of 2005-06-30 is better than champion version 1" in run_dag.output
    assert registry.aliases() == {"champion": "2", "previous_champion": "1"}
