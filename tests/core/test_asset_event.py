from __future__ import annotations

import pytest

from include.asset_event import (
    AssetEvent,
    is_line_of,
    journal_line,
    prediction_key,
    short_verdict,
    snapshot_key,
)
from include.errors import DataError
from include.verdicts import Verdict

pytestmark = pytest.mark.core

MD5 = "0123456789abcdef" * 2


def test_what_is_not_known_is_left_out() -> None:
    event = AssetEvent(key="k", model="m", as_of="2026-01-01", rows=0, digests={"snapshot_md5": MD5})
    assert event.to_dict() == {
        "format": 1, "key": "k", "model": "m", "as_of": "2026-01-01", "rows": 0,
        "digests": {"snapshot_md5": MD5},
    }  # fmt: skip
    assert AssetEvent.from_dict(event.to_dict()) == event


def test_a_field_that_nobody_knows_is_refused() -> None:
    with pytest.raises(DataError, match="this asset event is damaged"):
        AssetEvent.from_dict({"key": "k", "model": "m", "as_of": "2026-01-01", "verison": "4"})


def test_a_key_names_content_and_not_the_run_that_made_it() -> None:
    assert prediction_key("2026-01-01", "4", MD5) == f"2026-01-01/v4/{MD5}"
    assert snapshot_key("features", "2026-01-01", MD5) == f"features/2026-01-01/{MD5}"


def test_the_journal_says_all_that_the_event_says() -> None:
    event = AssetEvent(key="k", model="m", as_of="2026-01-01", version="4")
    line = journal_line("champion", event)
    assert line == {"part": "champion", **event.to_dict()}
    assert is_line_of(line, "champion", "k")
    assert not is_line_of(line, "champion", "other")
    assert not is_line_of(line, "predictions", "k"), "two nodes may use one key"
    assert not is_line_of(["champion", "k"], "champion", "k")


def test_a_long_verdict_is_shortened_and_its_rules_are_left_to_the_ledger() -> None:
    verdict = Verdict(kind="gate", decision="promote", subject="m", summary="x" * 5000, inputs={"a": 1})
    found = short_verdict(verdict)
    assert set(found) == {"kind", "decision", "subject", "summary"}
    assert len(found["summary"]) == 600
    assert found["summary"].endswith("...")
