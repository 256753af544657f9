"""Back to an earlier version, with a real MLflow server; killed between any two of its steps."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import ParamValidationError

from include.errors import ConfigError, InputError, ModelError, StaleDecisionError
from mlops.by_hand.model_state import last_decisions
from mlops.tracking.model_registry import CHAMPION, PREVIOUS_CHAMPION
from mlops.tracking.reproducibility import ReproducibilityResult, compare_predictions
from mlops.tracking.tags import (
    BY,
    COMMENT,
    DATASET,
    FROM_VERSION,
    TEST_DIGEST,
    TRAINING_KEY,
    VERSION,
)  # fmt: skip
from tests.integration.test_crashes import run_and_die
from tests.world.versions import Versions
from tests.world.world import make_light

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops.tracking.reproducibility import ReproducibilityRequest
    from tests.world.dag_run import DagRun

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

THERE, BACK = {CHAMPION: "2", PREVIOUS_CHAMPION: "1"}, {CHAMPION: "1", PREVIOUS_CHAMPION: "2"}


def roll_back(
    world: Versions, target: str = "previous_champion", run_id: str = "manual__back"
) -> dict[str, Any]:
    """Run the rollback DAG's task."""
    return dict(world.rollback(target, run_id).run_task("rollback"))


@pytest.fixture
def empty(small_model: Path, state: Path, mlflow_server: object, monkeypatch: pytest.MonkeyPatch) -> Versions:
    fine = ReproducibilityResult(rows=1, largest_difference=0.0, tolerance=0.0)
    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", lambda order: fine)
    return Versions(small_model, state)


@pytest.fixture
def world(empty: Versions) -> Versions:
    """Version 2 is champion in place of version 1."""
    for number, before in (("1", None), ("2", "1")):
        assert empty.register(f"r{number}", empty.key(f"t{number}")) == number
        empty.promote(number, before)
    assert empty.registry.aliases() == THERE
    return empty


def test_the_champion_goes_back_and_who_and_why_is_kept_and_told(
    world: Versions, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    done = roll_back(world)
    assert (done["version"], done["from_version"], done["aliases"]) == ("1", "2", BACK)
    assert world.registry.aliases() == BACK
    (entry,) = world.ledger.entries(kind="rollback")
    assert entry.applied
    assert entry.plan == BACK
    assert entry.decision == "roll back"
    assert entry.summary == "from version 2 to version 1: branches complain about refused regulars"
    assert (entry.tags[VERSION], entry.tags[FROM_VERSION]) == ("1", "2")
    for version in ("1", "2"):
        assert last_decisions(world.registry.model, version=version, kind=None, number=1)[0].entry == entry
    assert entry.tags[BY] == "ann"
    assert entry.tags[COMMENT] == "branches complain about refused regulars"
    assert f"ALERT {world.registry.model}: rolled back from version 2 to version 1" in caplog.text
    assert "Airflow: http://airflow/rollback" in caplog.text
    assert "operations.md#rollback" in caplog.text
    *_, event = world.events[f"mlops://models/{world.registry.model}/champion"]
    found = world.registry.version("1")
    assert found is not None
    assert event == {
        "format": 1, "key": done["decision_id"], "model": world.registry.model, "as_of": "2005-07-01",
        "version": "1", "from_version": "2", "by": "rollback",
        "digests": {
            "training_key": found.tags[TRAINING_KEY], "test_set": found.tags[TEST_DIGEST],
            "training_run": found.run_id,
        },
        "verdict": {
            "kind": "rollback", "decision": "roll back", "subject": event["verdict"]["subject"],
            "summary": entry.summary,
        },
    }  # fmt: skip


def test_the_target_is_checked_on_what_it_was_evaluated_on(
    before: Callable[[str], DagRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real model and the real reproducibility check, but in this process."""
    make_light(monkeypatch)
    own = before("promote")
    own.run_task("promote")
    world = Versions(own.folder, own.folder.parents[1] / "state")
    world.promote(world.register("r2", "k2"), "1")
    seen: list[ReproducibilityResult] = []

    def real(order: ReproducibilityRequest) -> ReproducibilityResult:
        seen.append(compare_predictions(order))
        return seen[-1]

    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", real)
    roll_back(world)
    (result,) = seen
    assert result.passed
    assert result.rows > 100
    assert world.registry.aliases() == BACK


def test_a_target_that_fails_its_check_does_not_serve(
    world: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(order: ReproducibilityRequest) -> None:
        raise ModelError(f"{order.uri} does not repeat the predictions of its evaluation")

    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", fail)
    with pytest.raises(ModelError, match=f"{world.registry.model}/1 does not repeat"):
        roll_back(world)
    assert world.registry.aliases() == THERE
    assert ("rollback", True) not in world.kinds()


def test_rolling_back_twice_returns(world: Versions) -> None:
    roll_back(world, run_id="manual__a")
    done = roll_back(world, run_id="manual__b")
    assert done["version"] == "2"
    assert world.registry.aliases() == THERE
    assert world.kinds().count(("rollback", True)) == 2
    assert world.told() == [("promotion", "1"), ("promotion", "2"), ("rollback", "1"), ("rollback", "2")]


def test_a_retry_of_a_rollback_does_not_return(world: Versions) -> None:
    first = roll_back(world)
    assert roll_back(world) == first
    assert world.registry.aliases() == BACK
    assert world.told().count(("rollback", "1")) == 1
    assert world.kinds().count(("rollback", True)) == 1


def test_a_version_is_a_target_as_well(world: Versions) -> None:
    assert roll_back(world, "1")["aliases"] == BACK


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        ("2", InputError, "version 2 is .* champion already"),
        ("7", ConfigError, "has no version 7: it never had, or somebody deleted it. Nothing was moved"),
        ("stage", InputError, "has no alias 'stage'"),
    ],
)
def test_a_target_that_can_not_serve_moves_nothing(
    world: Versions, target: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        roll_back(world, target)
    assert world.registry.aliases() == THERE


def test_a_deleted_previous_champion_is_named(world: Versions) -> None:
    world.hook.client.delete_model_version(world.registry.model, "1")
    with pytest.raises(InputError, match="no previous champion: version 2 is the first, or the one before"):
        roll_back(world)
    with pytest.raises(ConfigError, match="has no version 1"):
        roll_back(world, "1")
    assert world.registry.aliases()[CHAMPION] == "2"


def test_without_a_champion_there_is_nothing_to_roll_back_from(empty: Versions) -> None:
    with pytest.raises(InputError, match=f"{empty.folder.name} has no champion"):
        roll_back(empty)


@pytest.mark.parametrize("reason", ["", "   ", None])
def test_without_a_reason_nothing_moves(world: Versions, reason: str) -> None:
    rollback = world.rollback()
    task: Any = rollback.operator("rollback")
    task.reason = reason
    with pytest.raises(InputError, match="a rollback needs a reason"):
        task.execute(rollback.context(task))
    rollback.conf["reason"] = reason
    with pytest.raises(ParamValidationError):
        rollback.run_task("rollback")
    assert world.registry.aliases() == THERE


def test_a_frozen_test_set_that_is_gone_is_named(world: Versions, state: Path) -> None:
    place = world.registry.version("1").tags[DATASET]  # type: ignore[union-attr]
    shutil.rmtree(state / "store" / place)
    with pytest.raises(ModelError, match=rf"version 1 can't be checked: file://.*{place}.* is gone"):
        roll_back(world)
    assert world.registry.aliases() == THERE


def test_a_version_that_was_registered_by_hand_is_named(world: Versions) -> None:
    world.hook.client.delete_model_version_tag(world.registry.model, "1", DATASET)
    with pytest.raises(ModelError, match=r"can't be checked: it has no tag mlops\.dataset, because"):
        roll_back(world)


def test_a_champion_that_moves_while_the_target_is_checked_stops_the_rollback(
    world: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(order: ReproducibilityRequest) -> ReproducibilityResult:
        world.registry.set_alias(CHAMPION, "1")
        return ReproducibilityResult(rows=1, largest_difference=0.0, tolerance=0.0)

    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", meanwhile)
    with pytest.raises(StaleDecisionError, match="version 1 became champion while this rollback"):
        roll_back(world)
    assert ("rollback", True) not in world.kinds()


@pytest.mark.parametrize(
    "after", [pytest.param(False, id="before"), pytest.param(True, id="after", marks=pytest.mark.full)]
)
def test_a_rollback_killed_at_any_request_is_applied_to_the_same_end(world: Versions, after: bool) -> None:
    died, before, at = True, THERE, 0
    while died:
        at += 1
        rollback = world.rollback(run_id=f"manual__{at}")
        died = run_and_die(rollback, "rollback", at=at, after=after)
        assert world.registry.aliases()[CHAMPION] in {"1", "2"}
        rollback.run_task("rollback")
        before = BACK if before == THERE else THERE
        assert world.registry.aliases() == before
        assert [kind for kind in world.kinds() if kind[0] == "rollback"] == [("rollback", True)] * at
        assert [by for by, _ in world.told()] == ["promotion"] * 2 + ["rollback"] * at
    assert at > 5, "the rollback was hardly killed: the test has lost its teeth"


def test_what_was_rolled_back_from_is_not_trained_again_by_itself(world: Versions) -> None:
    assert world.check_new_data("t3") == "train"
    roll_back(world)
    assert world.check_new_data("t2") is None
    assert world.check_new_data("t2", force=True) == "train"
    assert world.check_new_data("t3") == "train"


def test_after_a_return_the_other_one_is_not_trained_again(world: Versions) -> None:
    roll_back(world)
    roll_back(world, run_id="manual__return")
    assert world.check_new_data("t1") is None
    roll_back(world, run_id="manual__back_again")
    assert world.check_new_data("t2") is None


def test_what_was_trained_with_force_after_a_rollback_is_promoted(world: Versions) -> None:
    roll_back(world)
    third = world.register("r3", world.key("t2"))
    assert world.promote(third, "1")["aliases"] == {CHAMPION: "3", PREVIOUS_CHAMPION: "1"}
    assert world.check_new_data("t2") is None  # it is the champion


def test_what_was_trained_on_the_same_before_a_rollback_is_not_promoted(world: Versions) -> None:
    third = world.register("r3", world.key("t2"))
    roll_back(world)
    with pytest.raises(StaleDecisionError, match=r"version 3, or one .* was rolled back from by decision"):
        world.promote(third, "1")
    assert world.registry.aliases() == BACK


def test_other_candidates_are_promoted_after_a_rollback(world: Versions) -> None:
    roll_back(world)
    third = world.register("r3", world.key("t3"))
    assert world.promote(third, "1")["aliases"] == {CHAMPION: "3", PREVIOUS_CHAMPION: "1"}


def test_a_cleared_promotion_does_not_undo_a_rollback(world: Versions) -> None:
    roll_back(world)
    world.promote("2", "1")
    assert world.registry.aliases() == BACK


def test_a_promotion_that_died_before_its_end_does_not_undo_a_rollback(world: Versions) -> None:
    (promotion, *_) = world.ledger.entries(kind="promotion")
    world.hook.client.update_run(promotion.run_id, status="RUNNING")  # it died before it was closed
    roll_back(world)
    with pytest.raises(StaleDecisionError, match=r"rolled back from by decision .*: nothing was moved"):
        world.promote("2", "1")
    assert world.registry.aliases() == BACK
    found = world.ledger.find(promotion.decision_id)
    assert found is not None
    assert found.abandoned
