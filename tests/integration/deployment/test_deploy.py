"""A version crosses from staging to production with its evidence, and the target decides.

In one walk, since each copy takes seconds: it is killed, waits for an approval, is given up, and serves in
the end.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from include.data.dataset_record import TEST_FILE
from include.errors import DataError, ModelError, StaleDecisionError
from include.promotion.approval import Answer
from mlops.cli.exit_codes import ExitCode
from mlops.deployment.claim import claim
from mlops.deployment.describe import describe_environment
from mlops.hooks.mlflow import MlflowHook
from mlops.serving.smoke import read_golden
from mlops.tracking.ledger import Ledger
from mlops.tracking.model_registry import CHALLENGER, CHAMPION, ModelRegistry
from mlops.tracking.reproducibility import compare_predictions
from mlops.tracking.tags import BY, DATASET, DEPLOYED_FROM, DEPLOYED_RUN, DEPLOYED_VERSION, DEPLOYMENT
from tests.integration.deployment.killed import ended, start
from tests.world.world import FINE, MODEL

if TYPE_CHECKING:
    from mlops.tracking.reproducibility import ReproducibilityRequest, ReproducibilityResult
    from tests.integration.deployment.conftest import Shipping

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

ANN = Answer(approved=True, by="ann", at="2005-06-01T08:00:00+00:00", comment="agreed with risk")
CHECK = "mlops.tracking.reproducibility.check_in_new_process"
DONE = [("promotion", "applied"), ("approval", "applied"), ("deployment", "applied")]


def test_a_champion_waits_for_a_person_is_given_up_and_serves_in_the_end(
    shipping: Shipping, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shipping.environments.world.edit(("approval: none", "approval: required"))
    (record,) = shipping.environments.world.store.rglob("evaluation.json")
    written = record.read_text()
    record.write_text(written.replace('"rows": ', '"rows": 1'))
    with pytest.raises(
        ModelError, match=r"evaluation\.json in the store of staging is not what its evaluation"
    ):
        shipping.collect()
    record.write_text(written)
    evidence = shipping.collect()
    lost = shipping.folder / "model" / "MLmodel"
    whole = lost.read_bytes()
    lost.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])  # one bit, on the way
    with pytest.raises(DataError, match=r"model/MLmodel has .* bytes"):
        shipping.deploy(evidence)
    assert shipping.state("production") == ({}, [("deployment", "planned")])
    lost.write_bytes(whole)
    assert ended(start(shipping, evidence, at=12)) == signal.SIGKILL  # half of it is there
    assert shipping.state("production") == ({}, [("deployment", "planned")])

    assert shipping.command() == ExitCode.REFUSED
    assert "DEPLOYMENT: WAITS FOR AN APPROVAL" in capsys.readouterr().out.upper()
    assert shipping.state("production") == ({CHALLENGER: "1"}, [("deployment", "planned")])
    other = evidence.__class__.from_dict({**evidence.to_dict(), "deployment": "another"})
    with shipping.environments.inside("production"), pytest.raises(StaleDecisionError, match="is under way"):
        claim(shipping.target(other))

    def give_up(request: ReproducibilityRequest) -> ReproducibilityResult:
        """What somebody does in another shell while this one works."""
        shipping.abandon()
        return FINE

    uploaded: list[str] = []
    monkeypatch.setattr(MlflowHook, "log_folder", lambda *given: uploaded.append(given[-1]))
    monkeypatch.setattr(CHECK, give_up)
    assert shipping.deploy(evidence, ANN).summary == "given up by hand (bin/mlops deploy --abandon)"
    assert shipping.state("production")[0] == {}
    assert uploaded == []  # what was there, and may be in use, was not written again

    checked: list[ReproducibilityResult] = []

    def check(request: ReproducibilityRequest) -> ReproducibilityResult:
        checked.append(compare_predictions(request))  # the real one, but in this process
        return checked[-1]

    monkeypatch.setattr(CHECK, check)
    verdict = shipping.ship()
    assert (verdict.decision, verdict.inputs["target_version"]) == ("deployed", "1"), verdict.to_text()
    assert [reason.rule for reason in verdict.reasons] == [
        "copy", "evaluation", "gate", "reproducibility check",
    ]  # fmt: skip
    assert [one.passed for one in checked] == [True]
    check_linked(shipping)
    assert shipping.command() == ExitCode.DONE
    assert capsys.readouterr().out.strip() == verdict.to_text()
    assert shipping.command(abandon=True) == ExitCode.DONE
    assert "nothing is under way in production" in capsys.readouterr().out
    aliases, entries = shipping.state("production")
    assert (aliases, sorted(entries)) == (
        {CHAMPION: "1"}, [("deployment", "abandoned"), ("deployment", "applied"), ("promotion", "applied")],
    )  # fmt: skip


def check_linked(shipping: Shipping) -> None:
    """Both ledgers, run and version know each other, and what a smoke test sends came along."""
    with shipping.environments.inside("production"):
        hook = MlflowHook()
        registry, ledger = ModelRegistry(hook, MODEL), Ledger(hook, MODEL)
        version = registry.version("1")
        assert version is not None
        (here,) = (one for one in ledger.entries(kind="deployment") if one.applied)
        (promotion,) = ledger.entries(kind="promotion")
        (approval,) = ledger.entries(kind="approval")
        assert hook.has_artifact(str(version.run_id), "profile/reference.json")
        assert hook.run(str(version.run_id)).data.tags[DEPLOYMENT] == here.decision_id
        golden, production = read_golden(registry, "1"), describe_environment("production", "p")
    with shipping.environments.inside("staging"):
        hook = MlflowHook()
        (there,) = (one for one in Ledger(hook, MODEL).entries(kind="deployment") if one.applied)
        assert golden == read_golden(ModelRegistry(hook, MODEL), "1")
        staging = describe_environment("staging", "s")
    assert here.decision_id == there.decision_id == version.tags[DEPLOYMENT] == promotion.tags[DEPLOYMENT]
    assert (version.tags[DEPLOYED_FROM], version.tags[DEPLOYED_VERSION]) == ("staging", "1")
    assert version.tags[DEPLOYED_RUN] == there.tags[DEPLOYED_RUN] == production.models[MODEL].origin
    assert production.models[MODEL].origin == staging.models[MODEL].origin
    assert "ann approved version 1" in approval.summary
    assert here.tags[BY] == there.tags[BY] == "a test"
    assert here.summary == there.summary == "version 1 serves in production: version 1 of staging"


def test_a_version_whose_evidence_has_changed_by_one_byte_stays_where_it_is(shipping: Shipping) -> None:
    world = shipping.environments.world
    champion = world.registry.champion()
    assert champion is not None
    file = world.store / champion.tags[DATASET] / TEST_FILE
    content = file.read_bytes()
    middle = len(content) // 2
    file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    with pytest.raises(ModelError, match=r"can't be deployed: .* is not what it was evaluated on .*Restore"):
        shipping.collect()
    assert shipping.state("staging")[1] == [("promotion", "applied")]
