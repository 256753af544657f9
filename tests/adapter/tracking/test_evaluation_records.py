"""What evaluate handed on, and the record that is read, have to come from one try."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from include.errors import DataError
from include.evaluation.record import Evaluation
from mlops.operators.results.training import Evaluated
from mlops.tracking.evaluation_records import challenger_record, find_evaluation, require_evaluations
from tests.adapter.tracking.test_exams import Store
from tests.conftest import ROOT

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

KEY, CHALLENGER = "evaluations/r/evaluation.json", challenger_record("evaluations/r", "kept")
RECORD = Evaluation.from_dict(json.loads((ROOT / "tests/core/records/evaluation_v3.json").read_text()))
RECORD = replace(RECORD, champion_info={"version": "1"})
assert RECORD.gains
UNCOMPARED = replace(RECORD, gains=None, bucketed=None, champion=None, champion_error="can't be loaded")


class RecordStore(Store):
    def require_json(self, path: Any) -> Any:
        return self.read_json(path)


def handed_on(**changes: Any) -> Evaluated:
    fields: dict[str, Any] = {
        "run_id": "r", "run_url": "", "evaluation_key": KEY, "scores_key": "s.parquet",
        "test_digest": RECORD.test_digest, "champion_version": "1", "metric": "roc_auc", "value": 0.8,
        "low": 0.7, "high": 0.9, "life": "v1-d1",
    }  # fmt: skip
    return Evaluated(**{**fields, **changes})


def store(record: Evaluation, challenger: Evaluation | None = None) -> Any:
    made = RecordStore()
    kept = {KEY: record} | ({CHALLENGER: challenger} if challenger else {})
    for key, one in kept.items():
        made.create_json(made.resolve(key), one.to_dict())
    return made


@pytest.mark.parametrize(
    ("record", "changes"),
    [
        pytest.param(RECORD, {}, id="compared"),
        pytest.param(UNCOMPARED, {"life": None}, id="champion that could not be scored"),
        pytest.param(
            replace(UNCOMPARED, champion_info=None, champion_error=None),
            {"life": None, "champion_version": None}, id="no champion",
        ),
        pytest.param(replace(RECORD, bucketed=None), {"life": None}, id="of an earlier release"),
    ],
)  # fmt: skip
def test_the_record_of_the_same_try_is_read(record: Evaluation, changes: dict[str, Any]) -> None:
    found, challenger = require_evaluations(store(record), handed_on(**changes))
    assert found == record
    assert challenger is None
    assert find_evaluation(store(record), KEY, handed_on(**changes)) == record


@pytest.mark.parametrize(
    ("record", "changes", "said"),
    [
        (RECORD, {"champion_version": "2"}, "compares with version 1, and what was handed on with version 2"),
        (RECORD, {"champion_version": None}, "compares with version 1, and .* with no champion"),
        (replace(RECORD, champion_info=None), {}, "compares with no champion, and .* with version 1"),
        (
            RECORD,
            {"test_digest": "f" * 64},
            "is about test set .*, and what was handed on about ffffffffffff",
        ),
        (UNCOMPARED, {}, "could not be compared with version 1, unlike what was handed on"),
        (RECORD, {"life": None}, "was compared with version 1, unlike what was handed on"),
    ],
)
def test_that_of_another_try_is_refused(
    record: Evaluation, changes: dict[str, Any], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DataError, match=f"{said}.*another try of evaluate.*clear the task evaluate"):
        require_evaluations(store(record), handed_on(**changes))
    assert find_evaluation(store(record), KEY, handed_on(**changes)) is None
    assert "is left out" in caplog.text


def test_the_challengers_record_is_held_to_the_same() -> None:
    changed = replace(RECORD, champion_info={"version": "2"})
    with pytest.raises(DataError, match="compares with version 2, and what was handed on with version 1"):
        require_evaluations(store(RECORD, changed), handed_on(challenger_key=CHALLENGER))
    _, found = require_evaluations(store(RECORD, RECORD), handed_on(challenger_key=CHALLENGER))
    assert found == RECORD


def test_each_challenger_has_a_record_of_its_own() -> None:
    """Two tries may have met different challengers: neither reads what the other found."""
    assert challenger_record("e", "one") != challenger_record("e", "other")


def test_a_record_that_is_gone_is_none_after_the_gate() -> None:
    assert find_evaluation(RecordStore(), KEY, handed_on()) is None  # type: ignore[arg-type]
