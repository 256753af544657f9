from __future__ import annotations

import pytest

from include.alerting.causes import failure_cause, verdict_cause, verdict_kind, without_figures
from include.errors import ConfigError, DataError, ModelError, StorageError, TrackingError
from include.verdicts import Verdict

pytestmark = pytest.mark.core

MD5 = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba98765432100123456789abcdef"


def digest(error: BaseException | None, *, task: str = "validate") -> str:
    return failure_cause("loans", task, error).digest


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (TrackingError("GET /api timed out after 5 s"), TrackingError("connection refused")),
        (
            DataError("features/2005-06-30 md5 " + MD5 + ": 12 rows\n- age"),
            DataError("features/2005-06-30 md5 " + MD5 + ": 13 rows\n- sex"),
        ),
        (ModelError("run 7f00ab12cd34 is 3.5 late"), ModelError("run 8a11bc23de45 is 4.5 late")),
        (ModelError("run " + MD5 + " is gone"), ModelError("run " + OTHER + " is gone")),
        (KeyError("id 5 of 2005-06-30"), KeyError("id 6 of 2005-07-31")),
        (None, None),
    ],
    ids=["one outage", "figures", "short identifiers", "runs", "defects", "killed"],
)
def test_what_differs_from_day_to_day_is_not_a_new_cause(
    first: BaseException | None, second: BaseException | None
) -> None:
    assert digest(first) == digest(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (TrackingError("down"), StorageError("down")),
        (DataError("features/2005-06-30: bad"), DataError("features/2005-07-31: bad")),
        (DataError(f"features {MD5}: bad"), DataError(f"features {OTHER}: bad")),
        (DataError("bad"), ConfigError("bad")),
        (DataError("rows missing"), DataError("column missing")),
        (DataError("bad"), None),
    ],
    ids=["servers", "deliveries", "delivered again and still bad", "classes", "messages", "killed"],
)
def test_what_tells_two_causes_apart_is_kept(
    first: BaseException | None, second: BaseException | None
) -> None:
    assert digest(first) != digest(second)


@pytest.mark.parametrize(
    "message", ["loans as of {}: no label is known", "s3://b has no partition on or before {}; it holds 5"]
)
def test_the_as_of_date_is_not_a_part_of_a_cause(message: str) -> None:
    assert digest(DataError(message.format("2005-07-04"))) == digest(DataError(message.format("2005-07-05")))


def test_an_outage_is_one_cause_whatever_fails_meanwhile() -> None:
    assert digest(TrackingError("down"), task="train") == digest(TrackingError("down"), task="promote")
    assert digest(DataError("bad"), task="extract") != digest(DataError("bad"), task="validate")


def test_an_error_without_a_message_has_a_cause() -> None:
    assert failure_cause("loans", "train", ValueError()).subject == "train: ValueError: "


def test_a_cause_can_be_read() -> None:
    error = DataError(f"features/2005-06-30 md5 {MD5}: 12 rows of 3,000\nmore")
    assert failure_cause("loans", "validate", error).subject == (
        f"validate: DataError: features/2005-06-30 md5 {MD5}: # rows of #"
    )


def test_words_that_look_like_hexadecimal_digits_stay() -> None:
    assert without_figures("a defaced facade of 12 faceless decades") == (
        "a defaced facade of # faceless decades"
    )


def verdict(decision: str, **inputs: object) -> Verdict:
    return Verdict(
        kind="gate", decision=decision, subject="loans as of 2005-06-30", summary="", inputs=inputs
    )


def test_each_rejected_candidate_is_an_event_of_its_own() -> None:
    first = verdict_cause("loans", verdict("reject", candidate_run="r1", champion_info={"version": "3"}))
    second = verdict_cause("loans", verdict("reject", candidate_run="r2", champion_info={"version": "3"}))
    assert first.event
    assert first.digest != second.digest


def test_a_champion_that_blocks_is_one_cause_for_all_candidates() -> None:
    first = verdict_cause("loans", verdict("block", candidate_run="r1", champion_info={"version": "3"}))
    second = verdict_cause("loans", verdict("block", candidate_run="r2", champion_info={"version": "3"}))
    other = verdict_cause("loans", verdict("block", candidate_run="r2", champion_info={"version": "4"}))
    assert first.digest == second.digest != other.digest
    assert not first.event


def test_who_decided_may_name_the_cause() -> None:
    assert verdict_cause("loans", verdict("alert"), "e1").subject == "e1"


def test_a_verdict_may_name_its_cause() -> None:
    named = verdict("alert", cause="bad data 2005-06-30")
    assert verdict_cause("loans", named).subject == "bad data 2005-06-30"
    assert verdict_cause("loans", named, "e1").subject == "e1"
    assert verdict_cause("loans", verdict("alert", cause=None)).subject == "loans as of #-#-#"


def test_a_verdict_without_a_better_name_is_the_same_cause_every_day() -> None:
    assert verdict_cause("loans", verdict("alert")).subject == "loans as of #-#-#"


def test_the_kind_names_the_decision() -> None:
    assert verdict_kind(verdict("block")) == "gate: block"
