"""Back to an earlier version, with a real MLflow server; killed between any two of its steps."""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from include.config.estimator import estimator_digest
from include.config.load import load_model
from include.data.dataset_files import file_digest
from include.data.dataset_record import TEST_FILE
from include.errors import InputError, ModelError, StaleDecisionError
from include.promotion.freshness import training_key
from include.verdicts import Verdict
from mlops import places
from mlops.hooks.ledger import Ledger
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.model_registry import (
    CHAMPION,
    PREVIOUS_CHAMPION,
    TEST_DIGEST,
    TRAINING_KEY,
    ModelRegistry,
)
from mlops.operators.check_freshness import CheckFreshnessOperator
from mlops.operators.promote import PromoteModelOperator
from mlops.operators.rollback import RollbackModelOperator
from mlops.probe import ProbeResult, probe
from tests.integration.pipeline import Pipeline, TaskInstance
from tests.integration.test_crashes import run_and_die

if TYPE_CHECKING:
    from pathlib import Path

    from mlops.probe import ProbeOrder

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

THERE, BACK = {CHAMPION: "2", PREVIOUS_CHAMPION: "1"}, {CHAMPION: "1", PREVIOUS_CHAMPION: "2"}


class Rollback:
    """One run of the rollback DAG; it looks like a :class:`Pipeline` of one task."""

    def __init__(self, folder: Path, target: str = "previous_champion", run_id: str = "manual__back") -> None:
        self.folder, self.target, self.run_id = folder, target, run_id
        self.reason = "branches complain about refused regulars"

    def run_task(self, task_id: str = "rollback") -> dict[str, Any]:
        operator = RollbackModelOperator(
            task_id=task_id, model_folder=str(self.folder), target=self.target, reason=self.reason
        )
        person = SimpleNamespace(triggering_user_name="ann", run_after=datetime(2005, 7, 1, tzinfo=UTC))
        ti = instance(self.folder, "rollback", task_id, self.run_id)
        return operator.execute({"ti": ti, "dag_run": person})


class World:
    """A model with versions that need no training: what moves aliases looks at their tags only."""

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder, self.store = folder, state / "store"
        self.hook = MlflowHook()
        self.registry = ModelRegistry(self.hook, folder.name)
        self.ledger = Ledger(self.hook, folder.name)

    def register(self, name: str, key: str) -> str:
        """Return a new version with the training key."""
        run = self.hook.find_or_create_run(f"{self.folder.name}/training", key=name, name=name, tags={})
        test = self.store / "models" / name / TEST_FILE
        scores = self.store / places.evaluation(self.folder.name, run.info.run_id) / "scores.parquet"
        for file in (test, scores):
            file.parent.mkdir(parents=True)
            file.write_text(name)
        tags = {
            TRAINING_KEY: key,
            TEST_DIGEST: file_digest(test),
            "mlops.dataset": f"models/{name}",
        }
        source = f"runs:/{run.info.run_id}/model"
        version, _ = self.registry.register(run_id=run.info.run_id, source=source, tags=tags, description="d")
        return version

    def promote(self, version: str, compared_with: str | None) -> dict[str, Any]:
        """Run the task that promotes a version."""
        found = self.registry.version(version)
        assert found is not None
        operator = PromoteModelOperator(
            task_id="promote",
            model_folder=str(self.folder),
            dataset={"place": found.tags["mlops.dataset"], "test_digest": found.tags[TEST_DIGEST]},
            registered={"version": version, "run_id": found.run_id},
            evaluated={
                "champion_version": compared_with,
                "scores": f"{places.evaluation(self.folder.name, found.run_id)}/scores.parquet",
            },
            verdict=Verdict(kind="gate", decision="promote", subject="s", summary="good").to_dict(),
            training_key=found.tags[TRAINING_KEY],
        )
        return operator.execute({"ti": instance(self.folder, "training", "promote", f"r{version}")})

    def is_new(self, train_digest: str, *, force: bool = False) -> str | None:
        """Return which task follows the check for a training set."""
        dataset = {
            "train_digest": train_digest, "test_partition": "2005-06-30", "test_digest": "d",
            "as_of": "2005-06-30",
        }  # fmt: skip
        operator = CheckFreshnessOperator(
            task_id="is_new", model_folder=str(self.folder), dataset=dataset, follow="train", force=force
        )
        ti = instance(self.folder, "training", "is_new", "r")
        return operator.choose_branch({"ti": ti})  # type: ignore[return-value]

    def key(self, train_digest: str) -> str:
        """Return the training key of a training set."""
        return training_key(train_digest, load_model(self.folder).digest, estimator_digest(self.folder))

    def kinds(self) -> list[tuple[str, bool]]:
        """Return what the ledger holds, newest first: the kind, and whether it was carried out."""
        return [(entry.kind, entry.done) for entry in self.ledger.entries()]


def instance(folder: Path, dag: str, task: str, run: str) -> TaskInstance:
    return TaskInstance(
        dag_id=f"{folder.name}_{dag}", run_id=run, task_id=task, map_index=-1, try_number=1, pushed={},
        log_url="http://airflow/rollback",
    )  # fmt: skip


@pytest.fixture
def empty(small_model: Path, state: Path, mlflow_server: object, monkeypatch: pytest.MonkeyPatch) -> World:
    fine = ProbeResult(rows=1, largest_difference=0.0, tolerance=0.0)
    monkeypatch.setattr("mlops.probe.run_probe", lambda order: fine)
    return World(small_model, state)


@pytest.fixture
def world(empty: World) -> World:
    """Version 2 is champion in place of version 1."""
    for number, before in (("1", None), ("2", "1")):
        assert empty.register(f"r{number}", empty.key(f"t{number}")) == number
        empty.promote(number, before)
    assert empty.registry.aliases() == THERE
    return empty


def test_the_champion_goes_back_and_who_and_why_is_kept_and_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    done = Rollback(world.folder).run_task()
    assert (done["version"], done["from_version"], done["aliases"]) == ("1", "2", BACK)
    assert world.registry.aliases() == BACK
    (entry,) = world.ledger.entries(kind="rollback")
    assert entry.done
    assert entry.plan == BACK
    assert entry.decision == "roll back"
    assert entry.summary == "from version 2 to version 1: branches complain about refused regulars"
    assert (entry.tags["mlops.version"], entry.tags["mlops.from_version"]) == ("1", "2")
    assert entry.tags["mlops.by"] == "ann"
    assert entry.tags["mlops.comment"] == "branches complain about refused regulars"
    assert f"ALERT {world.registry.model}: rolled back from version 2 to version 1" in caplog.text
    assert "Airflow: http://airflow/rollback" in caplog.text
    assert "operations.md#rollback" in caplog.text


def test_the_target_is_probed_on_what_it_was_evaluated_on(
    own_champion: Pipeline, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real model and the real probe, but in this process."""
    world = World(own_champion.folder, state)
    world.promote(world.register("r2", "k2"), "1")
    seen: list[ProbeResult] = []

    def real(order: ProbeOrder) -> ProbeResult:
        seen.append(probe(order))
        return seen[-1]

    monkeypatch.setattr("mlops.probe.run_probe", real)
    Rollback(world.folder).run_task()
    (result,) = seen
    assert result.passed
    assert result.rows > 100
    assert world.registry.aliases() == BACK


def test_a_target_that_fails_its_probe_does_not_serve(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(order: ProbeOrder) -> None:
        raise ModelError(f"{order.uri} does not predict what was evaluated")

    monkeypatch.setattr("mlops.probe.run_probe", fail)
    with pytest.raises(ModelError, match=f"{world.registry.model}/1 does not predict"):
        Rollback(world.folder).run_task()
    assert world.registry.aliases() == THERE
    assert ("rollback", True) not in world.kinds()


def test_rolling_back_twice_returns(world: World) -> None:
    Rollback(world.folder, run_id="manual__a").run_task()
    done = Rollback(world.folder, run_id="manual__b").run_task()
    assert done["version"] == "2"
    assert world.registry.aliases() == THERE
    assert world.kinds().count(("rollback", True)) == 2


def test_a_retry_of_a_rollback_does_not_return(world: World) -> None:
    first = Rollback(world.folder).run_task()
    assert Rollback(world.folder).run_task() == first
    assert world.registry.aliases() == BACK
    assert world.kinds().count(("rollback", True)) == 1


def test_a_version_is_a_target_as_well(world: World) -> None:
    assert Rollback(world.folder, "1").run_task()["aliases"] == BACK


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        ("2", InputError, "version 2 is .* champion already"),
        ("7", ModelError, "has no version 7: it never had, or somebody deleted it. Nothing was moved"),
        ("stage", InputError, "has no alias 'stage'"),
    ],
)
def test_a_target_that_can_not_serve_moves_nothing(
    world: World, target: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Rollback(world.folder, target).run_task()
    assert world.registry.aliases() == THERE


def test_a_deleted_way_back_is_named(world: World) -> None:
    world.hook.client.delete_model_version(world.registry.model, "1")
    with pytest.raises(InputError, match="no previous champion: version 2 is the first, or the one before"):
        Rollback(world.folder).run_task()
    with pytest.raises(ModelError, match="has no version 1"):
        Rollback(world.folder, "1").run_task()
    assert world.registry.aliases()[CHAMPION] == "2"


def test_without_a_champion_there_is_nothing_to_roll_back_from(empty: World) -> None:
    with pytest.raises(InputError, match=f"{empty.folder.name} has no champion"):
        Rollback(empty.folder).run_task()


@pytest.mark.parametrize("reason", ["", "   ", None])
def test_without_a_reason_nothing_moves(world: World, reason: str) -> None:
    rollback = Rollback(world.folder)
    rollback.reason = reason
    with pytest.raises(InputError, match="a rollback needs a reason"):
        rollback.run_task()
    assert world.registry.aliases() == THERE


def test_a_frozen_test_set_that_is_gone_is_named(world: World, state: Path) -> None:
    place = world.registry.version("1").tags["mlops.dataset"]  # type: ignore[union-attr]
    shutil.rmtree(state / "store" / place)
    with pytest.raises(ModelError, match=rf"version 1 can't be probed: file://.*{place}.* is gone"):
        Rollback(world.folder).run_task()
    assert world.registry.aliases() == THERE


def test_a_version_that_was_registered_by_hand_is_named(world: World) -> None:
    world.hook.client.delete_model_version_tag(world.registry.model, "1", "mlops.dataset")
    with pytest.raises(ModelError, match=r"can't be probed: it has no tag mlops\.dataset, because"):
        Rollback(world.folder).run_task()


def test_a_champion_that_moves_while_the_target_is_probed_stops_the_rollback(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(order: ProbeOrder) -> ProbeResult:
        world.registry.set_alias(CHAMPION, "1")
        return ProbeResult(rows=1, largest_difference=0.0, tolerance=0.0)

    monkeypatch.setattr("mlops.probe.run_probe", meanwhile)
    with pytest.raises(StaleDecisionError, match="version 1 became champion while this rollback"):
        Rollback(world.folder).run_task()
    assert ("rollback", True) not in world.kinds()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_rollback_killed_at_any_request_is_carried_out_to_the_same_end(world: World, after: bool) -> None:
    died, before, at = True, THERE, 0
    while died:
        at += 1
        rollback = Rollback(world.folder, run_id=f"manual__{at}")
        died = run_and_die(rollback, "rollback", at=at, after=after)  # type: ignore[arg-type]
        assert world.registry.aliases()[CHAMPION] in {"1", "2"}
        rollback.run_task()
        before = BACK if before == THERE else THERE
        assert world.registry.aliases() == before
        assert [kind for kind in world.kinds() if kind[0] == "rollback"] == [("rollback", True)] * at
    assert at > 5, "the rollback was hardly killed: the test has lost its teeth"


def test_what_was_rolled_back_from_is_not_trained_again_by_itself(world: World) -> None:
    assert world.is_new("t3") == "train"
    Rollback(world.folder).run_task()
    assert world.is_new("t2") is None
    assert world.is_new("t2", force=True) == "train"
    assert world.is_new("t3") == "train"


def test_after_a_return_the_other_one_is_not_trained_again(world: World) -> None:
    Rollback(world.folder).run_task()
    Rollback(world.folder, run_id="manual__return").run_task()
    assert world.is_new("t1") is None
    Rollback(world.folder, run_id="manual__back_again").run_task()
    assert world.is_new("t2") is None


def test_what_was_trained_with_force_after_a_rollback_is_promoted(world: World) -> None:
    Rollback(world.folder).run_task()
    third = world.register("r3", world.key("t2"))
    assert world.promote(third, "1")["aliases"] == {CHAMPION: "3", PREVIOUS_CHAMPION: "1"}
    assert world.is_new("t2") is None  # it is the champion


def test_what_was_trained_on_the_same_before_a_rollback_is_not_promoted(world: World) -> None:
    third = world.register("r3", world.key("t2"))
    Rollback(world.folder).run_task()
    with pytest.raises(StaleDecisionError, match=r"version 3, or one .* was rolled back from by decision"):
        world.promote(third, "1")
    assert world.registry.aliases() == BACK


def test_other_candidates_are_promoted_after_a_rollback(world: World) -> None:
    Rollback(world.folder).run_task()
    third = world.register("r3", world.key("t3"))
    assert world.promote(third, "1")["aliases"] == {CHAMPION: "3", PREVIOUS_CHAMPION: "1"}


def test_a_cleared_promotion_does_not_undo_a_rollback(world: World) -> None:
    Rollback(world.folder).run_task()
    world.promote("2", "1")
    assert world.registry.aliases() == BACK


def test_a_promotion_that_died_before_its_end_does_not_undo_a_rollback(world: World) -> None:
    (promotion, *_) = world.ledger.entries(kind="promotion")
    world.hook.client.update_run(promotion.run_id, status="RUNNING")  # it died before it was closed
    Rollback(world.folder).run_task()
    with pytest.raises(StaleDecisionError, match=r"rolled back from by decision .*: nothing was moved"):
        world.promote("2", "1")
    assert world.registry.aliases() == BACK
    found = world.ledger.find(promotion.decision_id)
    assert found is not None
    assert found.abandoned
