"""The expressions of the workflows: what each gives, and that an unknown one is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.expressions import UnknownExpressionError, evaluate, fill, holds

pytestmark = pytest.mark.stack

CONTEXTS: dict[str, Any] = {
    "github": {"event_name": "push", "event": {"before": "abc"}, "ref": "refs/heads/main"},
    "steps": {"smoke": {"outcome": "failure"}},
    "needs": {"changed": {"outputs": {"models": '["churn"]'}}},
    "vars": {"ENDPOINT": ""},
    "matrix": {"model": "churn"},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.event_name == 'pull_request'", False),
        ("github.event_name != 'pull_request'", True),
        ("github.event.pull_request.base.sha || github.event.before", "abc"),
        ("fromJSON(needs.changed.outputs.models)", ["churn"]),
        ("needs.changed.outputs.models != '[]' && (github.event_name != 'x' || vars.NONE == 'y')", True),
        ("vars.AWS_ROLE != ''", False),
        ("!vars.ENDPOINT && 'it''s'", "it's"),
        ("'a' == 'b' || 'c' == 'C'", True),
        ("matrix.model", "churn"),
    ],
)
def test_the_value_of_an_expression(text: str, value: Any) -> None:
    assert evaluate(text, CONTEXTS) == value


def test_a_text_is_filled_in() -> None:
    assert fill("ci-${{ github.ref }}-${{ vars.NONE }}.", CONTEXTS) == "ci-refs/heads/main-."
    assert fill("${{ fromJSON(needs.changed.outputs.models) }}", CONTEXTS) == ["churn"]
    assert fill("make lint", CONTEXTS) == "make lint"


@pytest.mark.parametrize(
    ("condition", "fine", "failed"),
    [
        ("", True, False),
        ("github.event_name == 'push'", True, False),
        ("failure() && steps.smoke.outcome == 'failure'", False, True),
        ("failure() && steps.rollback.outcome == 'success'", False, False),
        ("${{ always() }}", True, True),
    ],
)
def test_what_runs_after_a_failure(condition: str, fine: bool, failed: bool) -> None:
    assert holds(condition, CONTEXTS, failed=False) is fine
    assert holds(condition, CONTEXTS, failed=True) is failed


@pytest.mark.parametrize(
    "text",
    [
        "hashFiles('x')",
        "runner.os",
        "github",
        "1 < 2",
        "contains(github.ref, 'main')",
        "'a' 'b'",
        "(vars.A",
        "",
    ],
)
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(UnknownExpressionError):
        evaluate(text, CONTEXTS)
