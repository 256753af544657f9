"""The verdict of a smoke test."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from include.serving.answers import Answer
from include.serving.smoke import Asked, Observed, slowest, smoke_verdict
from tests.core.serving.test_answers import TWO, said

if TYPE_CHECKING:
    from include.verdicts import Verdict

pytestmark = pytest.mark.core

ASKED = Asked(model="m", version="3", url="http://h:1", alias="champion", budget_ms=50)
RIGHT = replace(said(TWO.recorded.tolist()), seconds=0.01)
WRONG, SLOW = said([[0.9, 0.1], [0.25, 0.75]]), replace(RIGHT, seconds=0.2)
DOWN = Answer(problem="nobody listens there")


def verdict(asked: Asked = ASKED, **observed: Any) -> Verdict:
    given = {"first": RIGHT, "answers": [RIGHT] * 20, "versions": ("3", "3"), "alias_after": "3"}
    return smoke_verdict(asked, TWO, Observed(**(given | observed)))


def outcomes(found: Verdict) -> dict[str, str]:
    return {reason.rule: reason.outcome for reason in found.reasons}


def test_a_right_endpoint_passes_and_the_verdict_shows_the_figures() -> None:
    found = verdict()
    assert found.decision == "pass"
    assert set(outcomes(found).values()) == {"passed"}
    assert found.to_text() == (
        "VERDICT smoke test: PASS - m version 3 (champion) at http://h:1\n"
        "  the endpoint serves m version 3 (champion) as it was evaluated\n"
        "  [passed] answers      21 of 21 requests  (required: a prediction for each row, each time)\n"
        "  [passed] version      version 3  (required: version 3)\n"
        "  [passed] predictions  2 rows as recorded, to the last digit  "
        "(required: the same to the last digit)\n"
        "  [passed] latency      95th percentile 10.00 ms, median 10.00 ms of 20 requests  "
        "(required: 95th percentile of 50 ms at most)\n"
        "  [passed] alias        champion leads to version 3 now  (required: version 3 before and after)"
    )
    assert json.loads(json.dumps(found.to_dict()))["inputs"]["p95_ms"] == pytest.approx(10)


@pytest.mark.parametrize(
    ("observed", "failed", "summary"),
    [
        ({"versions": ("2", "3")}, {"version"}, "version: version 2"),
        ({"versions": ("3", "4")}, {"version"}, "version: version 4"),
        ({"versions": ("3 of n", "3 of n")}, {"version"}, "version: version 3 of n"),
        ({"first": DOWN, "answers": []}, {"answers"}, "0 of 1 requests; nobody"),
        ({"answers": [RIGHT, Answer(status=500)]}, {"answers"}, "answers: 2 of 3 requests; HTTP 500"),
        (
            {"answers": [RIGHT] * 19 + [WRONG]},
            {"predictions"},
            "difference 0.05000, in row 2: 0.25, 0.75, recorded 0.2, 0.8",
        ),
        ({"first": WRONG}, {"predictions"}, "in row 2"),
        ({"answers": [RIGHT] * 18 + [SLOW] * 2}, {"latency"}, "95th percentile 200.0 ms"),
    ],
)  # fmt: skip
def test_what_fails_is_named_and_what_would_pass(
    observed: dict[str, Any], failed: set[str], summary: str
) -> None:
    found = verdict(**observed)
    assert found.decision == "fail"
    assert {rule for rule, outcome in outcomes(found).items() if outcome == "failed"} == failed
    assert summary in found.summary
    assert found.counterfactuals[0].startswith(f"{min(failed)}: ")


def test_one_slow_answer_in_twenty_is_within_the_budget() -> None:
    assert verdict(answers=[RIGHT] * 19 + [replace(RIGHT, seconds=9)]).decision == "pass"
    assert verdict(first=replace(RIGHT, seconds=9)).decision == "pass", "a warm-up is not timed"


def test_a_moved_alias_makes_everything_else_worthless() -> None:
    for after in ("4", None):
        found = verdict(alias_after=after, versions=("3", "4"))
        assert found.decision == "inconclusive"
        assert "somebody moved the alias" in found.summary


def test_what_was_not_asked_or_said_is_not_applicable() -> None:
    found = verdict(replace(ASKED, alias="", budget_ms=None), versions=(), alias_after=None)
    assert found.decision == "pass"
    assert {rule for rule, outcome in outcomes(found).items() if outcome == "not applicable"} == {
        "version", "latency", "alias",
    }  # fmt: skip
    down = verdict(first=Answer(problem="down"), answers=[], versions=())
    assert outcomes(down)["predictions"] == outcomes(down)["latency"] == "not applicable"


def test_the_tolerance_is_the_recorded_one_unless_another_is_asked_for() -> None:
    off = replace(RIGHT, body=said([[0.9, 0.1], [0.2, 0.8000000000000002]]).body)
    assert verdict(answers=[off]).decision == "fail"
    assert verdict(replace(ASKED, tolerance=1e-12), answers=[off]).decision == "pass"
    given = Observed(first=RIGHT, answers=[off], alias_after="3")
    assert smoke_verdict(ASKED, replace(TWO, tolerance=1e-12), given).decision == "pass"


def test_percentiles_are_times_that_were_measured() -> None:
    assert slowest([5.0]) == 5.0
    assert slowest([float(one) for one in range(1, 21)]) == 19.0
    assert slowest([float(one) for one in range(1, 101)]) == 95.0
