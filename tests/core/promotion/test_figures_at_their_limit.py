"""A figure that is its limit but for rounding lies on the good side, in whatever order it was added up."""

from __future__ import annotations

import numpy as np
import pytest

from include.evaluation.buckets import BUCKETS, BucketedGain
from include.evaluation.interval import z_value
from include.promotion.attempts.correlation import measure_correlation
from include.promotion.attempts.evidence import EvidenceKind, find_evidence
from include.promotion.attempts.kept import Kept
from include.promotion.gate import decide
from tests.core.promotion.gains import make_gain

pytestmark = pytest.mark.core

BETTER = (0.05, 0.03, 0.07)
LEFT_OVER = [-1e-16, 0.0, 1e-16]


def reason(verdict, rule):
    return next(one for one in verdict.reasons if one.rule == rule)


@pytest.mark.parametrize("rounding", LEFT_OVER)
@pytest.mark.parametrize("min_gain", [0.0, 0.01])
def test_evidence_is_not_pooled_for_a_gain_of_nothing(rounding, min_gain):
    newest = make_gain(min_gain + rounding, 0.01)
    kept = Kept(run="r", as_of="2005-04-30", min_gain=min_gain, gains=(make_gain(0.05, 0.01),))
    found = find_evidence(newest, [make_gain(0.05, 0.01)], min_gain, kept=kept, challenger_gain=newest)
    assert [one.kind for one in found] == [EvidenceKind.CANDIDATE]


@pytest.mark.parametrize("rounding", LEFT_OVER)
def test_a_challenger_whose_exams_add_up_to_nothing_stays(rounding):
    gains = (make_gain(0.01, 0.01), make_gain(-0.01 + rounding, 0.01))
    assert Kept(run="r", as_of="2005-04-30", min_gain=0.0, gains=gains).stays(-1.0)


def test_a_challenger_that_is_as_good_on_average_as_the_new_candidate_stays():
    for gain in (make_gain(value, 0.01) for value in np.linspace(0.001, 0.02, 30)):
        for exams in range(1, 6):
            kept = Kept(run="r", as_of="2005-04-30", min_gain=0.0, gains=(gain,) * exams)
            assert kept.stays(z_value(gain))


@pytest.mark.parametrize("fall", [0.02, 0.87 - 0.85, 0.9 - 0.88])
def test_a_slice_that_loses_what_it_may_holds(make_config, make_evaluation, fall):
    gate = {"slices": {"min_rows": 300, "max_drop": 0.02}}
    sure = (-fall, -fall, -fall)
    verdict = decide(make_evaluation(gain=BETTER, slices={"sex=1": sure}), make_config(gate=gate))
    assert reason(verdict, "slice:sex=1").passed is True


@pytest.mark.parametrize(
    ("name", "value"), [("accuracy", 0.1 + 0.2), ("accuracy", 0.4 - 0.1), ("brier", 0.1 + 0.2)]
)
def test_a_metric_on_its_floor_holds(make_config, make_evaluation, name, value):
    shown = make_evaluation(**{name: value + (0.01 if name == "accuracy" else -0.01)})
    verdict = decide(shown, make_config(gate={"floors": {name: 0.3}}))
    assert reason(verdict, f"floor:{name}").passed is True


def test_what_rounding_left_over_has_nothing_in_common():
    noise = np.random.default_rng(0).standard_normal(BUCKETS)
    gains = [
        BucketedGain(rows=1_000, total=0.0, sums=(noise + 0.1 * np.roll(noise, at)) * 1e-16)
        for at in range(4)
    ]
    assert measure_correlation(gains) == 0
