"""A deployment that can't be finished is given up; one that serves already is written down as deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.deployment.evidence import Evidence
from include.errors import StaleDecisionError
from include.promotion.alias_plan import decision_id
from include.verdicts import Verdict
from mlops.deployment.claim import check_not_given_up, claim
from mlops.deployment.receive import copy_key
from mlops.deployment.source_entry import plan_in_source
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger
from mlops.tracking.runs import find_or_create_run
from mlops.tracking.tags import TEST_DIGEST, TRAINING_KEY, VERSION
from tests.world.world import MODEL

if TYPE_CHECKING:
    from tests.integration.deployment.conftest import Shipping

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

PROMOTION = Verdict(kind="promotion", decision="promote", subject="version 1", summary="it is better")


def plan(shipping: Shipping) -> Evidence:
    """Plan to deploy the champion, in both ledgers."""
    with shipping.environments.inside("staging"):
        champion = shipping.environments.world.registry.champion()
        assert champion is not None
        entry = plan_in_source(
            Ledger(MlflowHook(), MODEL), champion,
            source="staging", target="production", decided_by="a test",
        )  # fmt: skip
    evidence = Evidence(
        model=MODEL, source="staging", target="production", version="1", run_id=str(champion.run_id),
        started=1, deployment=entry.decision_id, description="", params={}, metrics=(), files=(), run_tags={},
        version_tags={TRAINING_KEY: champion.tags[TRAINING_KEY], TEST_DIGEST: champion.tags[TEST_DIGEST]},
    )  # fmt: skip
    with shipping.environments.inside("production"):
        assert claim(shipping.target(evidence)).decision_id == evidence.deployment
    return evidence


def test_what_is_under_way_is_given_up_but_never_what_serves(shipping: Shipping) -> None:
    first = plan(shipping)
    assert shipping.abandon().summary == "given up by hand (bin/mlops deploy --abandon)"
    assert shipping.state("production") == ({}, [("deployment", "abandoned")])
    assert shipping.state("staging")[1][0] == ("deployment", "abandoned")
    with (
        shipping.environments.inside("production"),
        pytest.raises(StaleDecisionError, match="was given up meanwhile"),
    ):
        check_not_given_up(shipping.target(first))

    second = plan(shipping)
    assert second.deployment != first.deployment
    with shipping.environments.inside("production"):
        hook, ledger = MlflowHook(), Ledger(MlflowHook(), MODEL)
        copy = find_or_create_run(
            hook, f"{MODEL}/training", key=copy_key("staging", second.run_id), name="copy", tags={}
        )
        promotion = ledger.record_planned(
            decision_id(MODEL, "promotion", copy.info.run_id), PROMOTION,
            plan={}, decided_by="a test", tags={VERSION: "1"},
        )  # fmt: skip
    with pytest.raises(StaleDecisionError, match=r"promotion of decision .* has begun"):
        shipping.abandon()
    assert shipping.state("production")[1][1] == ("deployment", "planned")

    with shipping.environments.inside("production"):
        ledger.record_applied(promotion, PROMOTION)
    done = shipping.abandon()
    assert (done.decision, done.inputs["target_version"]) == ("deployed", "1")
    assert shipping.state("production")[1] == [
        ("promotion", "applied"), ("deployment", "applied"), ("deployment", "abandoned"),
    ]  # fmt: skip
    assert shipping.state("staging")[1][0] == ("deployment", "applied")
    with shipping.environments.inside("production"):
        assert ledger.entries(kind="deployment")[0].tags[VERSION] == "1"
