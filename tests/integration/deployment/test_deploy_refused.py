"""What stands against a deployment, and what fails on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.data.dataset_record import RECORD_FILE, TEST_FILE
from include.errors import DataError, InputError, ModelError
from include.promotion.approval import Answer
from mlops.by_hand.model_state import last_decisions
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.model_registry import CHAMPION
from mlops.tracking.tags import EVALUATION_DIGEST
from tests.world.world import MODEL, REAL_PROBE

if TYPE_CHECKING:
    from tests.integration.deployment.conftest import Shipping
    from tests.world.servers import MlflowProcess

pytestmark = [pytest.mark.integration, pytest.mark.full, pytest.mark.timeout(900)]


def test_half_a_copy_is_never_a_version_and_running_again_completes_it(
    shipping: Shipping, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = shipping.collect()
    upload = MlflowHook.log_folder

    def lossy(self: MlflowHook, run_id: str, folder: object, path: str) -> None:
        if path != "model":
            upload(self, run_id, folder, path)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(MlflowHook, "log_folder", lossy)
        with pytest.raises(DataError, match="model/MLmodel is missing"):
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
    for name in ("staging", "production"):
        with shipping.environments.inside(name):
            (decided,) = last_decisions(MODEL, version=None, kind="deployment", number=1)
            assert "the gate of production: not good enough" in decided.to_text()
    shipping.environments.world.edit(("roc_auc: 0.99", "roc_auc: 0.70"))
    assert shipping.ship().decision == "deployed"  # a new decision, about the same copy
    assert shipping.state("production")[0] == {CHAMPION: "1"}


def test_whether_an_older_evaluation_was_changed_is_unknown(shipping: Shipping) -> None:
    with shipping.environments.inside("staging"):
        client = MlflowHook().client
        version = client.get_model_version_by_alias(MODEL, CHAMPION)
        client.delete_tag(version.run_id, EVALUATION_DIGEST)
    (said,) = (one for one in shipping.ship().reasons if one.rule == "evaluation")
    assert said.passed is None
    assert said.found.startswith("unknown")


def test_what_a_person_rejects_does_not_serve(shipping: Shipping) -> None:
    shipping.environments.world.edit(("approval: none", "approval: required"))
    bob = Answer(approved=False, by="bob", at="2005-06-01T08:00:00+00:00", comment="not before the audit")
    for _ in range(2):
        verdict = shipping.ship(answer=bob)
        assert verdict.decision == "refused"
    assert shipping.state("production")[0] == {}


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ("7", "has no version 7 in staging"),
        ("99999999999999999999", "has no version 99999999999999999999 in staging"),
        ("0", "names no version of"),
        ("champoin", "in staging. Did you mean bad_inputs@champion"),
        ("' or 1=1 --", "names no version of"),
    ],
)
def test_a_version_that_is_not_there_is_said_so(shipping: Shipping, which: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        shipping.collect(which)
    assert shipping.state("staging")[1] == [("promotion", "applied")]


@pytest.mark.parametrize("name", ["scores.parquet", "evaluation.json", TEST_FILE, RECORD_FILE])
def test_an_object_that_is_gone_is_named(shipping: Shipping, name: str) -> None:
    world = shipping.environments.world
    files = list(world.store.rglob(name))
    assert files, "the test has lost its teeth"
    for file in files:
        file.unlink()
    with pytest.raises(ModelError, match=rf"{name} is gone from the store of staging"):
        shipping.collect()


@pytest.mark.parametrize("file", ["*.skops", "scores.parquet"])
def test_one_byte_of_the_source_that_changed_is_found_by_the_target(
    shipping: Shipping, mlflow_process: MlflowProcess, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops.tracking.reproducibility.check_in_new_process", REAL_PROBE)
    root = shipping.environments.world.store if file.endswith("parquet") else mlflow_process.artifacts
    found = list(root.rglob(file))
    assert found, "the test has lost its teeth"
    for one in found:
        content = one.read_bytes()
        middle = len(content) // 2
        one.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    verdict = shipping.ship()
    assert verdict.decision == "refused", verdict.to_text()
    assert shipping.state("production")[0].get(CHAMPION) is None
