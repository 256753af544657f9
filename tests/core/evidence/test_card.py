"""A card shows what the files of a pack hold, and nothing else; data can't break out of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.evidence.annex_iv import ANNEX_IV, Source
from include.evidence.card import card_markdown, card_page, make_card
from include.evidence.sections import card_sections

pytestmark = pytest.mark.core

HOSTILE = "</td><script>alert(1)</script>\x1b[31m | a\n# b"


def interval(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "note": "" if low is not None else "one row"}


def evidence(**changes: Any) -> dict[str, Any]:
    rates = {"rows": 400, "selection_rate": 0.25}
    snapshot = {"table": "features", "partition": "2005-04-30", "rows": 3000, "md5": "ab", "source": "a"}
    question = {"question": "Will it?", "tags": []}
    group = {"name": "sex=2", "rows": 400, "candidate": 0.9, "champion": None, "gain": None, "note": "-"}
    decision = {"kind": "promotion", "decision": "promote", "state": "applied", "summary": "better"}
    here = {"numpy": "2.5"}
    whole: dict[str, Any] = {
        "version": {"model": "loans", "version": "3", "aliases": ["champion"], **question},
        "data": {"licence": "CC BY 4.0", "train_rows": 2000, "coverage": [], "snapshots": [snapshot]},
        "metrics": {
            "candidate": {"roc_auc": interval(0.9009, 0.8877, 0.9127), "brier": interval(0.05)},
            "champion": {}, "gains": {}, "over_trivial": {"roc_auc": interval(None)},
            "confidence": 0.95, "primary": "roc_auc", "rows": 1034, "entities": 9, "target": "few",
        },
        "slices": [group],
        "fairness": {
            "library": "fairlearn 0.15.0", "decided_by": "probability above 0.5",
            "attributes": {"sex": {"groups": {"sex=2": rates}, "left_out": {"sex=9": 4}, "ratios": {}}},
        },
        "importance": {"age": {"loss": 0.01, "spread": 0.001}, "bill": {"loss": 0.2, "spread": 0.01}},
        "limits": {"monitoring": {"drift": {"numeric": {"threshold": 0.1}}}, "split": {"seed": 20050430}},
        "approvals": [{"when": "2005-06-01", "outcome": "approved", "by": "kim", "comment": "fine"}],
        "ledger": [{"when": "2005-06-01", **decision}],
        "training": {"fit_seconds": 0.5, "parameters": {"seed": "0"}},
        "environment": {
            "recorded": {"numpy": "2.4.6", "skops": "1"}, "where_the_card_was_made": here, "components": 353,
        },
    }  # fmt: skip
    return {**whole, **changes}


def shown(found: dict[str, Any], readme: str = "") -> str:
    return card_markdown("Model card: loans version 3", card_sections(found, readme))


def test_every_part_is_there_with_its_figures() -> None:
    text = shown(evidence(), "# loans\nOurs.")
    for expected in (
        "# Model card: loans version 3",
        "- **licence**: CC BY 4.0",
        "| features | 2005-04-30 | 3,000 |",
        "| roc_auc (higher is better) | 0.9009 [0.8877, 0.9127] |",
        "| brier (lower is better) | 0.05000 (one row) |",
        "| sex=2 | 400 | 0.9000 |",
        "| sex | sex=9 | rows 4 | too few rows for a ratio |",
        "one group alone has no ratio",
        "| monitoring.drift.numeric.threshold | 0.1 |",
        "| split.seed | 20050430 |",
        "| 2005-06-01 | approved | kim | fine |",
        "| 2005-06-01 | promotion | promote | applied | better |",
        "| numpy | 2.4.6 | 2.5 |",
        "| skops | 1 | not installed |",
        "all 353 packages",
        "# loans\nOurs.",
    ):
        assert expected in text
    assert text.index("| bill |") < text.index("| age |"), "the most important first"


def test_what_there_is_none_of_is_said() -> None:
    text = shown(evidence(
        slices=[], approvals=[], ledger=[], importance={},
        fairness={"library": None, "decided_by": None, "attributes": {}},
    ))  # fmt: skip
    for expected in (
        "names no sensitive attribute",
        "No person was asked",
        "Nothing was decided",
        "measured none",
        "has no README",
    ):
        assert expected in text


def test_a_card_is_made_of_the_files_of_its_pack() -> None:
    files = {f"evidence/{name}.json": json.dumps(value).encode() for name, value in evidence().items()}
    made = make_card({**files, "sbom.cdx.json": b"{", "model/README.md": b"Ours \xff."}, "loans version 3")
    assert made == {
        "card.md": shown(evidence(), "Ours \ufffd.").encode(),
        "card.html": card_page(
            "Model card: loans version 3", card_sections(evidence(), "Ours \ufffd.")
        ).encode(),
    }


def test_the_same_evidence_gives_the_same_card() -> None:
    assert shown(evidence()) == shown(evidence())
    sections = card_sections(evidence(), "x")
    assert card_page("t", sections) == card_page("t", sections)


def test_what_data_says_stays_a_text() -> None:
    data = {**evidence()["data"], "licence": HOSTILE}
    found = evidence(
        data=data, approvals=[{"when": HOSTILE, "outcome": "x", "by": HOSTILE, "comment": HOSTILE}]
    )
    page = card_page(HOSTILE, card_sections(found, HOSTILE))
    assert "<script>" not in page
    text = card_markdown(HOSTILE, card_sections(found, "```\n" + HOSTILE))
    assert "\x1b" not in text + page
    assert "\n# b" not in text.partition("## What the team says")[0]


def test_a_long_table_is_cut_and_says_where_the_rest_is() -> None:
    many = {f"f{number:03}": {"loss": 0.0, "spread": 0.0} for number in range(100)}
    text = shown(evidence(importance=many))
    assert "| f039 |" in text
    assert "| f040 |" not in text
    assert "60 more rows are in evidence/importance.json" in text


def test_the_annex_is_whole_and_each_point_says_where_it_comes_from() -> None:
    assert [one.number for one in ANNEX_IV] == [
        *(f"1({letter})" for letter in "abcdefgh"), *(f"2({letter})" for letter in "abcdefgh"), *"3456789",
    ]  # fmt: skip
    for point in ANNEX_IV:
        assert bool(point.found_in) == (point.source != Source.PROVIDER)
        assert bool(point.missing) == (point.source != Source.GENERATED)
        assert f"| {point.number} | " in shown(evidence())
