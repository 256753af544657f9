from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from include.errors import DataError
from include.promotion.attempts.exam import EXAM, Exam
from include.promotion.attempts.life import ChampionLife
from tests.core.promotion.attempts.test_kept import exam
from tests.core.promotion.gains import make_gain

pytestmark = pytest.mark.core

RECORDS = Path(__file__).parents[2] / "records"


def before(*exams, run="run9", started=9, key="k9", test="t9", **others):
    return ChampionLife.before(run, started, key, test, exams, **others)


def runs(life):
    return [one.candidate for one in life.exams]


def test_an_exam_is_read_as_it_was_written():
    found = exam(2, 0.123456789, "run1", -0.3, earlier=("run1",), chosen="run1", evidence=2.5, bar=3.04)
    again = Exam.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert again == found
    assert again.gain.sums.tolist() == found.gain.sums.tolist()


def test_an_exam_of_the_first_format_is_read():
    found = Exam.from_dict(json.loads((RECORDS / "exam_v1.json").read_text()))
    assert (found.candidate, found.challenger, found.earlier) == ("run2", "run1", ("run1",))
    assert found.gain.value == pytest.approx(1.5)
    assert found.challenger_gain is not None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": EXAM.format + 1}, "newer version"),
        ({"gain": {"rows": 1, "total": 1.0, "sums": "AAAA"}}, "damaged"),
        ({"surprise": 1}, "damaged"),
    ],
)
def test_a_record_that_can_not_be_read_is_refused_with_a_remedy(change, told):
    with pytest.raises(DataError, match=told):
        Exam.from_dict({**exam(1, 1.0).to_dict(), **change})


def test_exams_come_in_the_order_in_which_trainings_began():
    assert runs(before(exam(3, 0.0), exam(1, 0.0), exam(2, 0.0))) == ["run1", "run2", "run3"]
    equal = [exam(1, 0.0, candidate=name, training_key=name) for name in ("b", "a")]
    assert runs(before(*equal)) == ["a", "b"]


def test_neither_the_own_record_nor_a_later_one_is_an_earlier_exam():
    own, later = exam(9, 0.0), exam(9, 0.0, candidate="run99", started=10)
    on_other_rows = exam(9, 0.0, test_digest="t8")
    assert runs(before(exam(1, 0.0), own, later)) == ["run1"]
    assert runs(before(exam(1, 0.0), on_other_rows)) == ["run1"]


def test_the_same_model_on_the_same_rows_sat_no_other_exam():
    twin = exam(2, 0.0, training_key="k1", test_digest="t1")
    assert runs(before(exam(1, 0.0), twin)) == ["run1"]
    assert runs(before(exam(1, 0.0), twin, key="k1", test="t1")) == []
    assert runs(before(exam(1, 0.0), replace(twin, test_digest="t2"))) == ["run1", "run2"]


def test_exams_of_other_terms_are_attempts_but_not_added_up(make_config):
    gate = make_config(gate={"min_gain": 0.0}).gate
    life = before(
        exam(1, 1.0, metric="log_loss"), exam(2, 1.0, min_gain=0.01), exam(3, 1.0, gain=make_gain(1.0, 1.0))
    )
    assert life.attempts == 3
    assert [one.candidate for one in life.comparable(gate)] == ["run3"]
    kept = life.kept(gate)
    assert kept is not None
    assert kept.run == "run3"


def test_no_challenger_is_kept_where_none_is_wanted(make_config):
    life = before(exam(1, 1.0))
    assert life.kept(make_config(gate={"challenger": False, "min_gain": 0.0}).gate) is None
    assert before(exam(1, 1.0), barred=["run1"]).kept(make_config(gate={"min_gain": 0.0}).gate) is None
