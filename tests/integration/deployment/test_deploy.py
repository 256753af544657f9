"""A version crosses from staging to production with its evidence, and the target decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.errors import DataError, StaleDecisionError
from include.promotion.approval import Answer
from mlops.deployment.abandon import abandon_in_target
from mlops.deployment.claim import claim
from mlops.deployment.describe import describe_environment
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import CHAMPION, ModelRegistry
from mlops.tracking.reproducibility import compare_predictions
from mlops.tracking.tags import DEPLOYED_FROM, DEPLOYED_RUN, DEPLOYED_VERSION, DEPLOYMENT
from tests.world.world import MODEL

if TYPE_CHECKING:
    from mlops.tracking.reproducibility import ReproducibilityRequest, ReproducibilityResult
    from tests.integration.deployment.conftest import Shipping

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def test_a_champion_of_staging_becomes_champion_in_production_once(
    shipping: Shipping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real reproducibility check, but in this process."""
    checked: list[ReproducibilityResult] = []

    def check(request: ReproducibilityRequest) -> ReproducibilityResult:
        checked.append(compare_predictions(request))
        return checked[-1]

    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", check)
    verdict = shipping.ship()
    assert (verdict.decision, verdict.inputs["target_version"]) == ("deployed", "1"), verdict.to_text()
    assert [reason.rule for reason in verdict.reasons] == ["copy", "gate", "reproducibility check"]
    assert [one.passed for one in checked] == [True]
    assert shipping.state("production") == (
        {CHAMPION: "1"}, [("promotion", "applied"), ("deployment", "applied")],
    )  # fmt: skip
    assert shipping.state("staging")[1] == [("deployment", "applied"), ("promotion", "applied")]

    with shipping.environments.inside("production"):
        hook = MlflowHook()
        version, ledger = ModelRegistry(hook, MODEL).version("1"), Ledger(hook, MODEL)
        assert version is not None
        (here,) = ledger.entries(kind="deployment")
        (promotion,) = ledger.entries(kind="promotion")
        assert hook.has_artifact(str(version.run_id), "profile/reference.json")
        production = describe_environment("production", "p")
    with shipping.environments.inside("staging"):
        (there,) = Ledger(MlflowHook(), MODEL).entries(kind="deployment")
        staging = describe_environment("staging", "s")
    assert here.decision_id == there.decision_id == version.tags[DEPLOYMENT] == promotion.tags[DEPLOYMENT]
    assert (version.tags[DEPLOYED_FROM], version.tags[DEPLOYED_VERSION]) == ("staging", "1")
    assert version.tags[DEPLOYED_RUN] == there.tags[DEPLOYED_RUN] == production.models[MODEL].origin
    assert production.models[MODEL].origin == staging.models[MODEL].origin

    again = shipping.ship()
    assert again == verdict
    assert shipping.state("production")[1] == [("promotion", "applied"), ("deployment", "applied")]


def test_half_a_copy_is_never_a_version_and_running_again_completes_it(
    shipping: Shipping, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = shipping.collect()
    lost = shipping.folder / "model" / "MLmodel"
    whole = lost.read_bytes()
    lost.write_bytes(whole[:-1])
    with pytest.raises(DataError, match=r"model/MLmodel has .* bytes"):  # on the way
        shipping.deploy(evidence)
    lost.write_bytes(whole)
    upload = MlflowHook.log_folder

    def lossy(self: MlflowHook, run_id: str, folder: object, path: str) -> None:
        if path != "model":
            upload(self, run_id, folder, path)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(MlflowHook, "log_folder", lossy)
        with pytest.raises(DataError, match="model/MLmodel is missing"):  # there
            shipping.deploy(evidence)
    assert shipping.state("production") == ({}, [("deployment", "planned")])
    assert shipping.ship().decision == "deployed"


def test_the_targets_gate_refuses_what_the_sources_let_pass(shipping: Shipping) -> None:
    shipping.environments.world.edit(("roc_auc: 0.70", "roc_auc: 0.99"))
    verdict = shipping.ship()
    assert verdict.decision == "refused"
    assert "the gate of production" in verdict.summary
    assert shipping.state("production") == ({}, [("deployment", "abandoned")])
    assert shipping.state("staging")[1][0] == ("deployment", "abandoned")
    shipping.environments.world.edit(("roc_auc: 0.99", "roc_auc: 0.70"))
    assert shipping.ship().decision == "deployed"  # a new decision, about the same copy
    assert shipping.state("production")[0] == {CHAMPION: "1"}


def test_where_a_person_has_to_approve_it_waits_and_no_other_overtakes(shipping: Shipping) -> None:
    shipping.environments.world.edit(("approval: none", "approval: required"))
    evidence = shipping.collect()
    assert shipping.deploy(evidence).decision == "waits for an approval"
    other = evidence.__class__.from_dict({**evidence.to_dict(), "deployment": "another"})
    with shipping.environments.inside("production"), pytest.raises(StaleDecisionError, match="is under way"):
        claim(shipping.target(other))
    ann = Answer(approved=True, by="ann", at="2005-06-01T08:00:00+00:00", comment="agreed with risk")
    assert shipping.ship(answer=ann).decision == "deployed"
    with shipping.environments.inside("production"):
        (approval,) = Ledger(MlflowHook(), MODEL).entries(kind="approval")
        assert "ann approved version 1" in approval.summary
        abandon_in_target(Ledger(MlflowHook(), MODEL), "staging")  # nothing is under way: nothing changes
    assert shipping.state("production")[1] == [("promotion", "applied"), ("deployment", "applied")]
