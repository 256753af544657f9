"""A champion is evaluated on customers that its own training held out, whatever `split` says by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from include.config.load import load_model
from include.data.splits import Holdout
from include.errors import StaleDecisionError
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.champion import find_holdout
from mlops.tracking.model_registry import ModelRegistry
from mlops.tracking.tags import SPLIT_SEED, SPLIT_SHARE
from tests.world.dag_run import DagRun

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

OLD = Holdout(seed=20050430, share=0.3333, entity="integer", rotation=0.25)
NEW = Holdout(seed=7, share=0.5, entity="integer")


def edit(folder: Path, *changes: tuple[str, str]) -> None:
    file = folder / "model.yaml"
    text = file.read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text)


def test_candidate_and_champion_meet_on_customers_that_neither_knows(champion: DagRun, world: World) -> None:
    folder = champion.folder
    hook = MlflowHook()
    registry = ModelRegistry(hook, folder.name)
    first = registry.champion()
    assert first is not None
    assert find_holdout(hook, first, load_model(folder)) == OLD
    edit(folder, ("seed: 20050430", "seed: 7"), ("test_share: 0.3333", "test_share: 0.5"))

    june = DagRun(folder, as_of="2005-06-30", run_id="manual__2")
    june.run("evaluate")
    place = world.store / june.results["prepare"]["object_key"]
    tested, trained = (
        pq.read_table(place / name)["customer_id"].combine_chunks()
        for name in ("test.parquet", "train.parquet")
    )
    assert OLD.select_tested(tested).all()
    assert not OLD.select_tested(trained).any(), "whoever was tested in this champion's life is not learned"
    assert not NEW.select(trained).any()
    assert len(tested) > 600, "three quarters of the third"
    assert june.results["evaluate"]["champion_version"] == "1"
    run = hook.run(june.results["train"]["run_id"])
    assert (run.data.params["split.seed"], run.data.params["split.test_share"]) == ("7", "0.5")

    # As if another version had become champion since the test set was frozen.
    registry.set_tags("1", {SPLIT_SEED: "99", SPLIT_SHARE: "0.2"})
    june.run_task("evaluate")
    june.run_task("gate")
    assert june.verdict["decision"] == "block"
    assert (
        "entities that it may have been trained on (split.seed 99, split.test_share 0.2, entity.type integer)"
        in (june.verdict["summary"])
    )
    assert registry.aliases() == {"champion": "1"}


def test_a_version_from_before_its_split_was_kept_is_read_from_its_run(champion: DagRun) -> None:
    hook = MlflowHook()
    registry = ModelRegistry(hook, champion.folder.name)
    for tag in (SPLIT_SEED, SPLIT_SHARE):
        hook.client.delete_model_version_tag(champion.folder.name, "1", tag)
    version = registry.champion()
    assert version is not None
    assert find_holdout(hook, version, load_model(champion.folder)) == OLD


def test_an_edit_of_the_split_between_two_tasks_is_never_recorded_as_what_was_done(
    small_model: Path, small_source: Path, mlflow_server: object
) -> None:
    """`prepare` split by one seed: `train` does not learn from that under another one."""
    pipeline = DagRun(small_model)
    pipeline.run("check_new_data")
    edit(small_model, ("seed: 20050430", "seed: 7"))
    with pytest.raises(StaleDecisionError, match="window or split\\): clear prepare and all that follows"):
        pipeline.run_task("train")
    edit(small_model, ("seed: 7", "seed: 20050430"))
    pipeline.run_task("train")
    run = MlflowHook().run(pipeline.results["train"]["run_id"])
    assert run.data.params["split.seed"] == "20050430"
