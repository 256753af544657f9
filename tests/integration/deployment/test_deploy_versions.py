"""Several versions: older ones, the same one twice, and a rollback in the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.deployment.evidence import DECIDED
from include.errors import StaleDecisionError
from mlops.deployment.collect import collect_version
from mlops.hooks.mlflow import MlflowHook
from mlops.hooks.object_store import ObjectStoreHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import CHAMPION, PREVIOUS_CHAMPION, ModelRegistry
from tests.world.dag_run import DagRun
from tests.world.world import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.deployment.conftest import Shipping

pytestmark = [pytest.mark.integration, pytest.mark.full, pytest.mark.timeout(900)]

LENIENT = (("min_gain: 0.0\n", "min_gain: -0.5\n"), ("max_drop: 0.02", "max_drop: 1.0"))


@pytest.fixture
def two(shipping: Shipping) -> Shipping:
    """Version 2 is champion of staging in place of version 1, by a gate that asks for little."""
    world = shipping.environments.world
    world.edit(*LENIENT)
    with shipping.environments.inside("staging"):
        assert world.pipeline().run() == "promote"
        assert world.registry.aliases() == {CHAMPION: "2", PREVIOUS_CHAMPION: "1"}
    return shipping


def test_an_older_version_has_to_be_better_than_the_targets_champion(two: Shipping) -> None:
    assert two.ship("2").decision == "deployed"
    two.environments.world.edit(*((new, old) for old, new in LENIENT))
    older = two.ship("1")
    assert older.decision == "refused"
    assert "the gate of production" in older.summary
    assert older.inputs["target_version"] == "2"
    assert two.state("production")[0] == {CHAMPION: "1"}
    assert two.state("staging")[0] == {CHAMPION: "2", PREVIOUS_CHAMPION: "1"}


def test_a_rollback_in_the_target_and_what_is_deployed_after_it(two: Shipping) -> None:
    first = two.collect("champion")
    assert first.version == "2"
    assert two.ship("1").decision == "deployed"
    assert two.ship("champion").decision == "deployed"
    assert two.state("production")[0] == {CHAMPION: "2", PREVIOUS_CHAMPION: "1"}
    again = two.ship("1")
    assert (again.decision, again.inputs["target_version"]) == ("superseded", "1")
    assert "version 2 serves there by now" in again.summary
    with two.environments.inside("production"):
        conf = {"target": "previous_champion", "reason": "branches complain"}
        back = DagRun(two.environments.world.folder, kind="rollback", conf=conf, user="ann")
        assert back.run_task("rollback")["version"] == "1"
    assert two.state("production")[0] == {CHAMPION: "1", PREVIOUS_CHAMPION: "2"}
    assert two.ship("2").decision == "superseded"
    assert two.ship("1").decision == "deployed"
    assert two.state("production")[0] == {CHAMPION: "1", PREVIOUS_CHAMPION: "2"}


def test_an_alias_that_moves_meanwhile_changes_nothing_of_what_was_collected(two: Shipping) -> None:
    evidence = two.collect("champion")
    with two.environments.inside("staging"):
        two.environments.world.registry.set_alias(CHAMPION, "1")
    verdict = two.deploy(evidence)
    assert verdict.decision == "deployed"
    assert verdict.inputs["version"] == "2"


def test_what_one_environment_decided_about_a_copy_does_not_travel_on(two: Shipping, tmp_path: Path) -> None:
    assert two.ship("2").decision == "deployed"
    onward = tmp_path / "onward"
    onward.mkdir()
    with two.environments.inside("production"):
        hook = MlflowHook()
        evidence = collect_version(
            ModelRegistry(hook, MODEL), Ledger(hook, MODEL), ObjectStoreHook(), "champion", onward,
            source="production", target="canary", decided_by="a test",
        )  # fmt: skip
        assert hook.has_artifact(evidence.run_id, f"{DECIDED}/promotion.json")
    assert [one.path for one in evidence.files if f"/{DECIDED}/" in one.path] == []
    assert [one.path for one in evidence.files if one.path.endswith("golden_requests.json")]


def test_a_version_that_the_targets_configuration_can_not_read_is_refused(two: Shipping) -> None:
    """And does not stand in the way of the next one."""
    two.environments.world.edit(("numeric: [credit", "numeric: [income, credit"))
    assert two.ship("1").decision == "refused"
    two.environments.world.edit(("numeric: [income, credit", "numeric: [credit"))
    assert two.ship("2").decision == "deployed"


def test_what_the_source_rolled_back_from_does_not_leave_it(two: Shipping) -> None:
    with two.environments.inside("staging"):
        conf = {"target": "previous_champion", "reason": "branches complain"}
        back = DagRun(two.environments.world.folder, kind="rollback", conf=conf, user="ann")
        assert back.run_task("rollback")["version"] == "1"
    with pytest.raises(
        StaleDecisionError, match="version 2 of staging was rolled back from there by decision"
    ):
        two.collect("2")
    assert ("deployment", "planned") not in two.state("staging")[1]
    assert two.ship("champion").decision == "deployed"
