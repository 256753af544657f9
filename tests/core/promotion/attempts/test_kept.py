from __future__ import annotations

import pytest

from include.evaluation.interval import z_value
from include.promotion.attempts.evidence import EvidenceKind, find_evidence
from include.promotion.attempts.exam import Exam
from include.promotion.attempts.kept import Kept, find_kept
from tests.core.promotion.gains import make_gain

pytestmark = pytest.mark.core


def exam(at, z, challenger=None, sat=None, **changes):
    """Return an exam with a gain of so many standard errors; ``sat`` is the challenger's."""
    fields = {
        "candidate": f"run{at}", "training_key": f"k{at}", "as_of": f"2005-0{at}-28", "started": at,
        "test_digest": f"t{at}", "metric": "roc_auc", "min_gain": 0.0, "gain": make_gain(z, 1.0),
        "challenger": challenger, "challenger_gain": None if sat is None else make_gain(sat, 1.0),
    }  # fmt: skip
    return Exam(**{**fields, **changes})


def kept_run(*exams, barred=()):
    found = find_kept(exams, barred)
    return found and found.run


def test_nobody_is_kept_before_the_first_exam():
    assert find_kept([]) is None


@pytest.mark.parametrize(("z", "run"), [(0.45, None), (0.55, "run1"), (-2.0, None)])
def test_a_refused_candidate_is_kept_from_half_a_standard_error_on(z, run):
    assert kept_run(exam(1, z)) == run


def test_a_challenger_stays_while_it_is_better_on_average_than_the_new_candidate():
    first = exam(1, 2.0)
    assert kept_run(first, exam(2, 0.4, "run1", 1.0)) == "run1"
    assert kept_run(first, exam(2, 1.4, "run1", 1.0)) == "run1"  # its mean is 1.5
    assert kept_run(first, exam(2, 1.6, "run1", 1.0)) == "run2"


def test_a_challenger_whose_exams_add_up_to_a_loss_leaves_and_its_place_is_taken():
    assert kept_run(exam(1, 1.0), exam(2, -3.0, "run1", -1.1)) is None
    assert kept_run(exam(1, 1.0), exam(2, 0.7, "run1", -1.1)) == "run2"


def test_a_challenger_leaves_after_six_exams():
    sat = [exam(1, 1.0), *(exam(at, 0.0, "run1", 1.0) for at in range(2, 6))]
    found = find_kept(sat)
    assert found is not None
    assert (found.run, len(found.gains), found.as_of) == ("run1", 5, "2005-01-28")
    assert kept_run(*sat, exam(6, 0.0, "run1", 1.0)) is None


def test_a_challenger_that_could_not_sit_an_exam_leaves():
    assert kept_run(exam(1, 1.0), exam(2, 0.0, "run1", None)) is None
    assert kept_run(exam(1, 1.0), exam(2, 0.8, "run1", None)) == "run2"


def test_an_exam_that_another_challenger_sat_changes_nothing():
    """Two runs at once: one of them did not know the other's exam."""
    assert kept_run(exam(1, 1.0), exam(2, 0.0)) == "run1"
    assert kept_run(exam(1, 1.0), exam(2, 0.0, "other", 3.0)) == "run1"


def test_whom_a_person_rejected_is_not_kept():
    assert kept_run(exam(1, 4.0), barred={"run1"}) is None
    assert kept_run(exam(1, 4.0), exam(2, 1.0, "run1", 2.0), barred={"run1"}) == "run2"


def test_what_is_asked_for_is_taken_off_a_gain():
    asked = {"min_gain": 1.0}
    assert kept_run(exam(1, 1.4, **asked)) is None
    assert kept_run(exam(1, 1.6, **asked)) == "run1"
    assert kept_run(exam(1, 1.6, **asked), exam(2, 0.0, "run1", 0.3, **asked)) is None


def test_evidence_comes_strongest_first_and_counts_only_while_the_newest_exam_gains():
    kept = find_kept([exam(1, 2.0)])
    gains = [make_gain(2.0, 1.0)]
    found = find_evidence(make_gain(1.0, 1.0), gains, 0.0, kept=kept, challenger_gain=make_gain(0.5, 1.0))
    assert [one.kind for one in found] == [
        EvidenceKind.POOLED, EvidenceKind.CHALLENGER, EvidenceKind.CANDIDATE,
    ]  # fmt: skip
    assert [one.exams for one in found] == [2, 2, 1]
    lost = find_evidence(make_gain(-0.1, 1.0), gains, 0.0, kept=kept, challenger_gain=make_gain(-0.1, 1.0))
    assert [one.kind for one in lost] == [EvidenceKind.CANDIDATE]
    small = find_evidence(make_gain(0.4, 1.0), gains, 0.5, kept=kept, challenger_gain=make_gain(0.4, 1.0))
    assert [one.kind for one in small] == [EvidenceKind.CANDIDATE]


def test_the_last_three_exams_are_pooled_by_rows():
    gains = [make_gain(100.0, 1.0), make_gain(1.0, 1.0, rows=30_000), make_gain(2.0, 1.0)]
    found = next(
        one for one in find_evidence(make_gain(4.0, 1.0), gains, 0.0) if one.kind is EvidenceKind.POOLED
    )
    assert found.exams == 3
    assert found.gain.rows == 50_000
    assert found.gain.value == pytest.approx((30_000 * 1 + 10_000 * 2 + 10_000 * 4) / 50_000)


def test_an_exam_on_the_same_rows_again_adds_nothing():
    """Its noise is the same, bucket by bucket, so three exams are worth one."""
    gain = make_gain(2.0, 1.0)
    found = {one.kind: one.z for one in find_evidence(gain, [gain, gain], 0.0)}
    assert found[EvidenceKind.POOLED] == pytest.approx(found[EvidenceKind.CANDIDATE])


def test_a_candidate_that_looks_as_good_as_the_challenger_does_not_take_its_place():
    gain = make_gain(1.0, 1.0)
    kept = Kept(run="a", as_of="", min_gain=0.0, gains=(gain, gain))
    z = z_value(gain)
    assert kept.stays(z)
    assert not kept.stays(z + 1e-9)
