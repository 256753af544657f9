from __future__ import annotations

import json

import pytest

from include.monitoring.report.page import render_page
from include.verdicts import Reason, Verdict
from tests.markup import Page, markdown_blocks, markdown_rows

pytestmark = pytest.mark.core

VERDICT = Verdict(
    kind="gate",
    decision="reject",
    subject="m as of 2005-05-31",
    summary="not better",
    reasons=(
        Reason(rule="floor:roc_auc", passed=True, found="0.9", required="at least 0.8"),
        Reason(rule="gain", passed=False, found="0", required="above 0"),
        Reason(rule="slices", passed=None, found="too few rows", required="no loss"),
    ),
    inputs={"rows": 3},
    thresholds={"min_gain": 0.0},
    counterfactuals=("a gain above 0",),
)


def test_a_verdict_survives_json() -> None:
    assert Verdict.from_dict(json.loads(json.dumps(VERDICT.to_dict()))) == VERDICT


def test_a_verdict_of_an_earlier_version_keeps_its_counterfactuals() -> None:
    stored = VERDICT.to_dict()
    stored["would_change"] = stored.pop("counterfactuals")
    assert Verdict.from_dict(stored) == VERDICT


def test_the_text_has_decision_reasons_and_counterfactuals() -> None:
    lines = VERDICT.to_text().splitlines()
    assert lines[0] == "VERDICT gate: REJECT - m as of 2005-05-31"
    assert lines[2] == "  [passed]         floor:roc_auc  0.9  (required: at least 0.8)"
    assert lines[3].startswith("  [failed]         gain")
    assert lines[4].startswith("  [not applicable] slices")
    assert lines[5] == "  would change the decision: a gain above 0"


def test_the_markdown_says_the_same() -> None:
    text = VERDICT.to_markdown()
    for part in (
        "### gate: reject",
        "| gain | failed | 0 | above 0 |",
        "- would change the decision: a gain above 0",
    ):
        assert part in text


@pytest.mark.parametrize(
    "text",
    [
        "a|b",
        "a\n### promoted",
        "`",
        "<script>alert(1)</script>",
        "::group::x",
        "\x1b[31m",
        "\\|",
        "[a](b)",
        "\x00",
    ],
)
def test_whatever_stands_in_a_verdict_it_keeps_its_form(text: str) -> None:
    verdict = Verdict(
        kind="gate",
        decision="reject",
        subject=text,
        summary=text,
        reasons=(
            Reason(rule=text, passed=False, found=text, required=text),
            Reason(rule="b", passed=True, found=f"x{text}", required=""),
        ),
        counterfactuals=(text,),
    )
    lines = verdict.to_text().splitlines()
    assert len(lines) == 5
    assert all(line.isprintable() and "::group::" not in line for line in lines)
    rows = markdown_rows(verdict.to_markdown())
    assert [len(row) for row in rows] == [4, 4, 4]
    assert rows[1][0] == rows[1][2] == rows[2][2][1:]
    assert markdown_blocks(verdict.to_markdown())[0] == "h3"
    assert markdown_blocks(verdict.to_markdown()).count("h3") == 1
    page = Page(
        render_page(
            text,
            {text: text},
            verdict,
            drift=None,
            distributions=None,
            windows=(),
            performance=None,
            metric="",
        )
    )
    assert [len(row) for row in page.rows] == [4, 4, 4]
