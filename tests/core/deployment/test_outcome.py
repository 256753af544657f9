"""What came of a deployment: when it was over, and now."""

from __future__ import annotations

import pytest

from include.deployment.outcome import Ending, Outcome, ending, final_verdict, outcome_now, planned_verdict
from include.errors import StaleDecisionError

pytestmark = pytest.mark.core


def over(outcome, version):
    planned = planned_verdict("m", "3", "staging", "production")
    return final_verdict(planned, outcome, why="as it was", reasons=(), target_version=version)


def test_what_came_of_it_names_the_version_there():
    final = over(Outcome.DEPLOYED, "1")
    assert final.inputs == {
        "model": "m", "version": "3", "from": "staging", "to": "production", "target_version": "1",
    }  # fmt: skip
    assert (final.kind, final.decision, final.subject) == (
        "deployment", "deployed", "m version 3 of staging into production",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("serving", "now"), [("2", "version 2 serves there by now"), (None, "nothing serves there by now")]
)
def test_what_was_deployed_and_serves_no_more_is_not_called_deployed(serving, now):
    found = outcome_now(over(Outcome.DEPLOYED, "1"), serving)
    assert found.decision == "superseded"
    assert f"deployed as version 1 of production, and {now}: nothing was changed" in found.summary
    assert "bin/mlops --environment production rollback m --to 1 --reason" in found.summary


def test_what_still_serves_and_what_never_did_stay_what_they_were():
    for kept in (over(Outcome.DEPLOYED, "1"), over(Outcome.REFUSED, None)):
        assert outcome_now(kept, "1") == kept


@pytest.mark.parametrize(
    ("promotion", "how"), [(None, Ending.GIVE_UP), ("abandoned", Ending.GIVE_UP), ("applied", Ending.FINISH)]
)
def test_a_deployment_is_given_up_only_while_nothing_of_it_serves(promotion, how):
    assert ending(promotion, what="m version 3 is to serve", decision="d") is how


def test_while_the_aliases_are_about_to_move_it_is_neither():
    with pytest.raises(StaleDecisionError, match=r"promotion of decision d has begun .*nothing was given up"):
        ending("planned", what="m version 3 is to serve", decision="d")
