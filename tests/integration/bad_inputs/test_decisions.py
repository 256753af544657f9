"""What is decided and what becomes of it, when there is nothing new, nothing better, or the world moved
on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import RetryAction

from include.errors import ModelError, StaleDecisionError
from mlops.defaults import RETRY_POLICY
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import CHAMPION
from tests.world.world import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.bad_inputs.conftest import Printed
    from tests.world.dag_run import DagRun
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

FLOOR, TOO_HIGH = "roc_auc: 0.70", "roc_auc: 0.99"
GAIN, ANY_GAIN = "min_gain: 0.0\n", "min_gain: -0.5\n"
WIDE = ("max_drop: 0.02", "max_drop: 1.0")


def better(world: World, **options: Any) -> DagRun:
    """A run whose candidate passes the gate: July's labels, and a gate that asks for little."""
    world.edit((GAIN, ANY_GAIN), WIDE)
    return world.pipeline(as_of="2005-07-31", run_id="scheduled__better", **options)


def test_the_second_run_on_the_same_data_ends_early(world: World) -> None:
    before, trainings = world.in_production(), len(world.runs("training"))
    pipeline = world.pipeline(as_of=FIRST, run_id="scheduled__again")
    assert pipeline.run() == "check_new_data"
    verdict = pipeline.pushed["check_new_data"]["verdict"]
    assert verdict["decision"] == "skip"
    assert (
        "the same deliveries and labels, configuration and code, with other entities held out"
        in (verdict["summary"])
    )
    assert (world.in_production(), len(world.runs("training"))) == (before, trainings)


def test_force_trains_all_the_same(world: World) -> None:
    pipeline = world.pipeline(as_of=FIRST, run_id="manual__force", force=True)
    assert pipeline.run("train") == "train"
    assert "because force was set" in pipeline.pushed["check_new_data"]["verdict"]["summary"]


def test_the_same_data_parameters_and_seed_give_the_same_model(world: World) -> None:
    """Twice beside one champion: with the next one, other entities are held out."""
    for number in range(2):
        world.pipeline(as_of=FIRST, run_id=f"manual__force_{number}", force=True).run("gate")
    metrics = [
        {name: value for name, value in run.data.metrics.items() if name.startswith("test_")}
        for run in world.runs("training")
    ]
    assert len(metrics) == 3
    assert metrics[0] == metrics[1], "not the same to the last digit"
    assert len(metrics[0]) > 5


@pytest.mark.parametrize("outcome", ["promote", pytest.param("reject", marks=pytest.mark.full)])
def test_a_dry_run_shows_the_verdict_and_records_nothing(world: World, outcome: str) -> None:
    before = world.in_production()
    if outcome == "reject":
        world.edit((FLOOR, TOO_HIGH))
    pipeline = better(world, dry_run=True)
    assert pipeline.run() == "gate"
    assert pipeline.results["gate"] is None
    assert pipeline.verdict["decision"] == outcome
    assert world.in_production() == before
    assert (
        world.pipeline(as_of="2005-07-31", run_id="scheduled__later").run("check_new_data")
        == "check_new_data"
    )


def test_a_rejected_candidate_is_remembered_and_not_trained_again(world: World) -> None:
    world.edit((FLOOR, TOO_HIGH))
    before = world.in_production()
    pipeline = world.pipeline()
    assert pipeline.run() == "alert"
    assert pipeline.results["gate"] == "alert"
    assert "roc_auc at least 0.99; it is" in " ".join(pipeline.verdict["counterfactuals"])
    after = world.in_production()
    assert (after["aliases"], after["versions"]) == (before["aliases"], before["versions"])
    (entry,) = world.ledger.entries(decision="reject")
    assert entry.applied
    tomorrow = world.pipeline(run_id="scheduled__tomorrow")
    assert tomorrow.run() == "check_new_data"
    assert tomorrow.pushed["check_new_data"]["verdict"]["inputs"]["rejected_by"] == entry.decision_id
    pipeline.run_task("gate")
    assert [one.decision_id for one in world.ledger.entries(decision="reject")] == [entry.decision_id]


def test_a_better_candidate_takes_over_and_the_previous_one_is_kept(world: World) -> None:
    pipeline = better(world)
    assert pipeline.run() == "promote"
    new = pipeline.results["register"]["version"]
    assert world.registry.aliases() == {"champion": new, "previous_champion": "1"}
    assert len(world.ledger.entries(kind="promotion")) == 2
    production = world.in_production()
    assert pipeline.run_task("promote")["aliases"] == production["aliases"]
    assert world.in_production() == production, "promoting twice moved something"
    older = world.pipeline(as_of=FIRST, run_id="manual__back")
    assert older.run() == "check_new_data"
    summary = older.pushed["check_new_data"]["verdict"]["summary"]
    assert f"champion version {new} knows labels up to 2005-06-30; this run's end at 2005-04-30" in summary


def refuse_promotion(pipeline: DagRun, world: World, *says: str) -> Exception:
    before = world.in_production()
    with pytest.raises(StaleDecisionError) as caught:
        pipeline.run_task("promote")
    for words in (*says, "nothing was moved", "run the training DAG again"):
        assert words in str(caught.value)
    assert RETRY_POLICY.evaluate(caught.value, 1, 4).action is RetryAction.FAIL
    assert world.in_production() == before
    return caught.value


def test_a_champion_that_changed_meanwhile_is_not_overrun(world: World, printed: Printed) -> None:
    pipeline = world.candidate()
    other, _ = world.new_version()
    world.registry.set_alias(CHAMPION, other)
    mine = pipeline.results["register"]["version"]
    error = refuse_promotion(
        pipeline, world, f"version {mine} was compared with version 1", f"version {other} is champion now"
    )
    printed("champion changed after the gate", "promote", error)


def test_a_first_champion_that_appeared_meanwhile_is_not_overrun(world: World) -> None:
    refuse_promotion(
        world.candidate(compared_with=None), world, "with no champion", "version 1 is champion now"
    )


def test_a_champion_that_was_removed_meanwhile_is_not_replaced(world: World) -> None:
    pipeline = world.candidate()
    world.registry.delete_alias(CHAMPION)
    refuse_promotion(pipeline, world, "there is no champion now")


def test_a_rollback_between_a_crash_and_its_retry_is_not_undone(
    world: World, evaluated: DagRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is open, the aliases have moved, the worker died; then somebody put another version there."""

    def die(*rest: object) -> None:
        raise SystemExit("killed here")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "record_applied", die)
        with pytest.raises(SystemExit, match="killed here"):
            evaluated.run_task("promote")
    assert world.registry.aliases()["champion"] == evaluated.results["register"]["version"]
    other, _ = world.new_version()
    world.registry.set_alias(CHAMPION, other)
    aliases = world.registry.aliases()
    with pytest.raises(StaleDecisionError):
        evaluated.run_task("promote")
    assert world.registry.aliases() == aliases
    assert [run.info.status for run in world.runs("decisions") if run.info.status == "RUNNING"] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda verdict: verdict.update(decision="reject"),
        lambda verdict: verdict.update(decision="block"),
        lambda verdict: verdict["inputs"].update(candidate_run="another"),
        lambda verdict: verdict["inputs"].pop("candidate_run"),
    ],
    ids=["rejected", "blocked", "of another run", "of no run"],
)
def test_nothing_is_registered_without_a_passed_gate(
    world: World, spoil: Callable[[dict[str, Any]], object]
) -> None:
    before = world.in_production()
    pipeline = world.champion_run()
    spoil(pipeline.verdict)
    with pytest.raises(ModelError, match=r"has not passed the gate .*Clear the gate task"):
        pipeline.run_task("register")
    assert world.in_production() == before
