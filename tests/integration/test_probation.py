"""A promotion is followed by shadow, probation and account, with real servers; killed, repeated, spoiled."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from include.errors import StaleDecisionError
from include.promotion.alias_plan import decision_id
from include.verdicts import Verdict
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.accounts import read_account
from mlops.tracking.promotion import apply_promotion
from mlops.tracking.tags import (
    AS_OF_DATE,
    BY,
    ENTITY_COLUMN,
    ENTITY_TYPE,
    LOOK,
    NEWEST_LABELS,
    PROMOTION,
    SPLIT_SEED,
    SPLIT_SHARE,
    TRAINING_KEY,
    VERSION,
)
from tests.world.dag_run import DagRun
from tests.world.world import World, reopen

if TYPE_CHECKING:
    from include.promotion.probation.account import Account
    from tests.integration.conftest import Champion
    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

JUNE, JULY, AUGUST = "2005-06-30", "2005-07-31", "2005-08-31"
POOR = ("    max_iter: 150\n    max_leaf_nodes: 15\n", "    max_iter: 1\n    max_leaf_nodes: 2\n")


@dataclass
class Promoted(World):
    """A world in which another version was promoted over version 1.

    :param second: its number; other tests have used up some.
    """

    second: str = ""


def train(world: World, run_id: str) -> dict[str, Any]:
    """Run the training DAG's tasks up to the model; return what they handed on."""
    run = world.pipeline(as_of="2005-05-31", run_id=run_id, force=True)
    for task in ("extract", "validate", "prepare", "check_new_data", "train"):
        run.run_task(task)
    return run.results


def register(world: World, source: str, run_id: str = "") -> str:
    """Return a new version of a model that was logged before; without a run it gets one of its own."""
    if not run_id:
        experiment = world.hook.experiment_id(f"{world.folder.name}/training")
        run_id = world.hook.client.create_run(experiment).info.run_id
    tags = {
        NEWEST_LABELS: "2005-04-30", SPLIT_SEED: "20050430", SPLIT_SHARE: "0.3333",
        ENTITY_COLUMN: "customer_id", ENTITY_TYPE: "integer", TRAINING_KEY: f"key of {run_id}",
    }  # fmt: skip
    return world.registry.register(run_id=run_id, source=source, tags=tags, description="d")[0]


def promote(world: World, version: str, as_of: str = "2005-06-01") -> str:
    """Let a version be champion by a decision of the ledger; return its id."""
    identifier = decision_id(world.folder.name, "promotion", f"test {version} {as_of}")
    verdict = Verdict(kind="promotion", decision="promote", subject=f"version {version}", summary="better")
    apply_promotion(
        world.registry, world.ledger, verdict, version,
        identifier=identifier, entry=None, decided_by="a test",
        tags={VERSION: version, AS_OF_DATE: as_of, TRAINING_KEY: f"key of {version}"},
    )  # fmt: skip
    return identifier


@pytest.fixture(scope="module")
def poor(
    first_champion: Champion, mlflow_process: MlflowProcess, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A world, kept, in which a single stump was promoted over version 1 as of 2005-06-01; its number."""
    made, pristine = first_champion
    kept = tmp_path_factory.mktemp("poor")
    with pytest.MonkeyPatch.context() as patch:
        world = reopen(made, pristine, mlflow_process, patch)
        text = (world.folder / "model.yaml").read_text()
        world.edit(POOR)
        trained = train(world, "manual__poor")["train"]
        (world.folder / "model.yaml").write_text(text)
        number = register(world, trained["model_uri"], trained["run_id"])
        promote(world, number)
        world.keep(kept, mlflow_process)
    return kept, number


@pytest.fixture
def worse(
    first_champion: Champion,
    poor: tuple[Path, str],
    mlflow_process: MlflowProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> Promoted:
    """That world, for one test."""
    kept, number = poor
    world = reopen(first_champion[0], kept, mlflow_process, monkeypatch)
    return Promoted(**vars(world), second=number)


def score(world: World, as_of: str, run_id: str = "") -> dict[str, Any]:
    run = DagRun(world.folder, as_of=as_of, run_id=run_id or f"scoring__{as_of}", kind="scoring")
    run.run_task("extract")
    return dict(run.run_task("score"))


def look(world: World, as_of: str, run_id: str = "") -> DagRun:
    """Run the monitoring DAG up to probation."""
    run = DagRun(world.folder, as_of=as_of, run_id=run_id or f"monitoring__{as_of}", kind="monitoring")
    run.run_task("extract")
    run.run_task("probation")
    return run


def scored(world: World, day: str) -> list[str]:
    """Return which versions have scored a delivery."""
    folder = world.store / "models" / world.folder.name / "predictions" / day
    return sorted(file.name.partition("-")[0] for file in folder.glob("*.parquet"))


def account(world: Promoted, version: str = "") -> Account:
    wanted = version or world.second
    (entry,) = [one for one in world.ledger.entries(kind="promotion") if one.plan["champion"] == wanted]
    found = read_account(entry)
    assert found is not None
    return found


def decisions(world: World) -> list[tuple[str, str]]:
    """Return the decisions of probation, newest first, with their looks."""
    return [(entry.decision, entry.tags[LOOK]) for entry in world.ledger.entries(kind="probation")]


def test_without_a_displaced_version_nothing_scores_along(champion: DagRun, world: World) -> None:
    score(world, JUNE)
    assert scored(world, JUNE) == ["v1"]
    run = look(world, JULY)
    assert run.results["probation"] is None
    assert run.pushed["probation"]["verdict"]["decision"] == "none"
    assert "displaced no version" in run.pushed["probation"]["verdict"]["summary"]
    (entry,) = world.ledger.entries(kind="promotion")
    assert read_account(entry).state == "nothing displaced"
    assert decisions(world) == []


def test_a_worse_version_is_found_by_the_first_labels_and_a_person_is_asked(
    worse: Promoted, caplog: pytest.LogCaptureFixture
) -> None:
    score(worse, JUNE)
    assert scored(worse, JUNE) == ["v1", f"v{worse.second}"]
    early = look(worse, "2005-07-01")
    assert early.results["probation"] is None
    assert (account(worse).state, account(worse).waiting) == ("on probation", 1)

    run = look(worse, JULY)
    verdict = run.pushed["probation"]["verdict"]
    assert run.results["probation"] == "ask"
    assert verdict["decision"] == "ask"
    assert verdict["inputs"]["z"] < -3
    assert verdict["inputs"]["partitions"] == [JUNE]
    (entry,) = worse.ledger.entries(kind="probation")
    assert entry.applied
    assert (entry.tags[LOOK], entry.tags[PROMOTION]) == ("1", account(worse).decision_id)
    found = account(worse)
    assert found.delivered is not None
    assert found.delivered.rows == 3000
    assert found.delivered.gain.high < 0 < found.delivered.regret
    assert (found.state, found.cost.rows) == ("asked for a rollback", found.cost.rows)
    assert found.cost.rows

    caplog.set_level(logging.INFO)
    alerted = run.run_task("ask")
    assert alerted["notified"]
    assert "trigger" in caplog.text
    assert f"_rollback with target 1, only_from {worse.second}" in caplog.text
    assert "operations.md#probation-asks-for-a-rollback" in caplog.text


def test_the_same_look_again_changes_nothing(worse: Promoted) -> None:
    score(worse, JUNE)
    first = look(worse, JULY)
    before = {entry.decision_id: entry for entry in worse.ledger.entries()}
    first.run_task("ask")
    again = look(worse, JULY, "monitoring__again")
    assert again.pushed["probation"] == first.pushed["probation"]
    assert {entry.decision_id: entry for entry in worse.ledger.entries()} == before
    assert again.run_task("ask")["notified"] is False, "one cause, one alert"


def test_a_rollback_of_its_own_goes_back_once_and_the_account_closes(
    worse: Promoted, monkeypatch: pytest.MonkeyPatch
) -> None:
    worse.edit(("rollback: ask", "rollback: automatic"))
    score(worse, JUNE)
    assert look(worse, JULY).results["probation"] == "ask", "the design effect is not known"
    monkeypatch.setattr("mlops.monitoring.probation.design_effect", lambda earlier: 1.0)
    run = look(worse, JULY, "monitoring__known")
    assert run.results["probation"] == "roll_back"
    pushed = run.pushed["probation"]
    task = run.operator("roll_back")
    assert task.trigger_run_id == pushed["run_id"]
    assert task.conf == {"target": "1", "only_from": worse.second, "reason": task.conf["reason"]}
    assert decisions(worse) == [("roll back", "1"), ("ask", "1")]

    again = look(worse, JULY, "monitoring__repeated")
    assert again.pushed["probation"]["run_id"] == pushed["run_id"], "the same evidence, the same run"
    assert len(decisions(worse)) == 2

    back = DagRun(worse.folder, kind="rollback", run_id=pushed["run_id"], conf=pushed["conf"], as_of=JULY)
    assert back.run_task("rollback")["version"] == "1"
    (entry,) = worse.ledger.entries(kind="rollback")
    assert entry.tags[BY] == "probation"
    assert "does worse than version 1" in entry.summary

    after = look(worse, AUGUST)
    assert after.results["probation"] is None
    assert account(worse).state == "rolled back"
    assert account(worse).why == f"by decision {entry.decision_id}"
    score(worse, AUGUST)
    assert scored(worse, AUGUST) == ["v1"], "a version that a rollback returned to has no shadow"


def test_a_rollback_of_another_champion_than_was_meant_moves_nothing(worse: Promoted) -> None:
    promote(worse, register(worse, worse.champion_source), as_of="2005-06-02")
    serving = worse.registry.aliases()
    conf = {"target": "1", "only_from": worse.second, "reason": "probation: late"}
    run = DagRun(worse.folder, kind="rollback", run_id="probation-1", conf=conf, as_of=JULY)
    with pytest.raises(StaleDecisionError, match=f"from version {worse.second} only: nothing was moved"):
        run.run_task("rollback")
    assert worse.registry.aliases() == serving


def test_a_shadow_that_can_not_be_loaded_does_not_touch_the_champion_and_is_caught_up(
    worse: Promoted, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(uri: str, trusted: object) -> None:
        raise OSError(f"{uri}: no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("mlops.monitoring.shadow.load_model", fail)
        done = score(worse, JUNE)
    assert done["version"] == worse.second
    assert scored(worse, JUNE) == [f"v{worse.second}"]
    logged = "".join(capfd.readouterr())
    assert "Version 1, which was displaced, has not scored beside the champion (OSError" in logged
    assert not list((worse.store / "models" / worse.folder.name / "probation").rglob("*.json"))
    verdict = look(worse, JUNE).pushed["probation"]["verdict"]
    assert "1 that version 1 has not scored" in Verdict.from_dict(verdict).to_text()

    score(worse, JULY)
    assert (scored(worse, JUNE), scored(worse, JULY)) == (
        ["v1", f"v{worse.second}"],
        ["v1", f"v{worse.second}"],
    )
    assert look(worse, JULY).results["probation"] == "ask"


def test_a_try_that_was_lost_over_the_shadow_is_not_repeated_by_the_next_try(
    worse: Promoted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Killed(BaseException):
        pass

    def die(*rest: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("mlops.monitoring.shadow.load_model", die)
        patch.setattr(ObjectStoreHook, "remove", lambda self, path: None)  # as with SIGKILL
        with pytest.raises(Killed):
            score(worse, JUNE)
    assert scored(worse, JUNE) == [f"v{worse.second}"]
    score(worse, JUNE)
    assert scored(worse, JUNE) == [f"v{worse.second}"], "the champion's task ends well"
    assert "An earlier try of this task was lost while version 1 scored 2005-06-30" in caplog.text
    score(worse, JUNE, "scoring__tomorrow")
    assert scored(worse, JUNE) == ["v1", f"v{worse.second}"]


def test_a_displaced_version_that_was_deleted_scores_nothing_and_is_asked_about(
    worse: Promoted, caplog: pytest.LogCaptureFixture
) -> None:
    """A copy of version 1 is deleted in its place."""
    twin = register(worse, worse.registry.version("1").source)
    worse.registry.set_alias("champion", twin)
    poor = register(worse, worse.registry.version(worse.second).source)
    promote(worse, poor, as_of="2005-06-02")
    score(worse, JUNE)
    assert scored(worse, JUNE) == sorted([f"v{twin}", f"v{poor}"])
    worse.hook.client.delete_model_version(worse.folder.name, twin)
    score(worse, JULY)
    assert scored(worse, JULY) == [f"v{poor}"]
    assert f"Version {twin}, which version {poor} displaced, was deleted" in caplog.text
    run = look(worse, JULY)
    assert run.results["probation"] == "ask"
    assert f"version {twin} was deleted" in run.pushed["probation"]["verdict"]["summary"]


def test_labels_that_never_come_are_counted_and_decide_nothing(worse: Promoted) -> None:
    score(worse, JUNE)
    labels = worse.labels(JULY)
    labels.write_text("".join(labels.read_text().splitlines(keepends=True)[:200]))
    run = look(worse, JULY)
    assert run.results["probation"] is None
    found = account(worse)
    assert (found.overdue, found.delivered) == (1, None)
    assert found.why == "the labels of 1 deliveries never came"


def test_predictions_of_the_shadow_alone_pair_nothing(worse: Promoted) -> None:
    score(worse, JUNE)
    for file in (worse.store / "models" / worse.folder.name / "predictions" / JUNE).glob(
        f"v{worse.second}-*"
    ):
        file.unlink()
    run = look(worse, JULY)
    assert run.results["probation"] is None
    assert account(worse).why == "no delivery that both have scored"


def test_a_restated_delivery_is_compared_in_the_content_that_both_scored(worse: Promoted) -> None:
    score(worse, JUNE)
    lines = worse.accounts(JUNE).read_text().splitlines()
    worse.accounts(JUNE).write_text("\n".join(lines[:-1]) + "\n")
    before = look(worse, JULY)
    assert before.pushed["probation"]["verdict"]["inputs"]["rows"] == 3000
    score(worse, JUNE, "scoring__restated")
    after = look(worse, JULY, "monitoring__restated")
    assert after.pushed["probation"]["verdict"]["inputs"]["rows"] == 2999


def test_corrected_labels_are_other_evidence(worse: Promoted) -> None:
    score(worse, JUNE)
    before = look(worse, JULY).pushed["probation"]["verdict"]["inputs"]
    head, *lines = worse.labels(JULY).read_text().splitlines()
    flipped = [f"{line[:-1]}{1 - int(line[-1])}" for line in lines[:300]]
    worse.labels(JULY).write_text("\n".join([head, *flipped, *lines[300:]]) + "\n")
    after = look(worse, JULY, "monitoring__corrected").pushed["probation"]["verdict"]["inputs"]
    assert after["gain"] != before["gain"]
    assert account(worse).delivered.gain.value == pytest.approx(after["gain"])


def test_a_promotion_during_probation_ends_it_and_evidence_still_comes(worse: Promoted) -> None:
    score(worse, JUNE)
    third = register(worse, worse.registry.version("1").source)
    promote(worse, third, as_of="2005-07-01")
    score(worse, JULY)
    assert scored(worse, JULY) == sorted([f"v{worse.second}", f"v{third}"]), "displaced by the last promotion"
    run = look(worse, JULY)
    assert run.results["probation"] is None
    assert (account(worse).state, account(worse).delivered.deliveries) == ("superseded", 1)
    assert account(worse, third).state == "on probation"
    verdict = look(worse, AUGUST).pushed["probation"]["verdict"]
    assert verdict["decision"] == "keep", "much better than a stump"
    assert account(worse, third).state == "kept"
    score(worse, AUGUST)
    assert scored(worse, AUGUST) == [f"v{third}"], "a shadow that nobody needs is not paid for"


def test_an_earlier_date_reports_and_decides_nothing(worse: Promoted) -> None:
    score(worse, JUNE)
    look(worse, AUGUST)
    known, entries = account(worse), len(worse.ledger.entries())
    run = look(worse, JULY)
    assert run.results["probation"] is None
    assert run.pushed["probation"]["verdict"]["decision"] == "ask"
    assert (account(worse), len(worse.ledger.entries())) == (known, entries)


def test_a_large_delivery_is_scored_by_a_sample(worse: Promoted) -> None:
    worse.edit(("rows: 50000", "rows: 1000"))
    score(worse, JUNE)
    folder = worse.store / "models" / worse.folder.name / "predictions" / JUNE
    (sample,) = folder.glob("v1-*-sample.parquet")
    assert 850 < pq.ParquetFile(sample).metadata.num_rows < 1150
    whole = pq.read_table(next(folder.glob(f"v{worse.second}-*.parquet")))
    assert whole.num_rows == 3000
    inputs = look(worse, JULY).pushed["probation"]["verdict"]["inputs"]
    assert inputs["rows"] == pq.ParquetFile(sample).metadata.num_rows


def test_off_means_that_nothing_scores_along(worse: Promoted) -> None:
    worse.edit(("probation: {rollback: ask, deliveries: 6, max_loss: 0.0, rows: 50000}", "probation: off"))
    score(worse, JUNE)
    assert scored(worse, JUNE) == [f"v{worse.second}"]
    run = look(worse, JULY)
    assert "probation is off in model.yaml" in run.pushed["probation"]["verdict"]["summary"]


def test_a_lost_record_is_written_again(worse: Promoted) -> None:
    score(worse, JUNE)
    look(worse, JULY)
    (file,) = (Path(worse.store) / "models" / worse.folder.name / "probation").rglob(f"{JUNE}.json")
    kept = json.loads(file.read_text())
    file.unlink()
    look(worse, JULY, "monitoring__again")
    assert json.loads(file.read_text()) == kept
