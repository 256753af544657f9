"""The gate with a history: which evidence decides, who is promoted, and what it says would be enough."""

from __future__ import annotations

import json
from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np
import pytest

from include.errors import DataError
from include.evaluation.buckets import BUCKETS
from include.promotion.attempts.comparison import compare_with_bar
from include.promotion.attempts.exam import Exam
from include.promotion.attempts.life import ChampionLife
from include.promotion.attempts.outlook import look_ahead
from include.promotion.gate import decide
from tests.core.promotion.gains import make_gain

if TYPE_CHECKING:
    from include.verdicts import Verdict

pytestmark = pytest.mark.core

ERROR = 0.002
DIRECTIONS = np.linalg.qr(np.random.default_rng(0).standard_normal((BUCKETS, 40)))[0].T


class Scene:
    """A champion's life in units of the standard error, with independent exams."""

    def __init__(self, make_config, make_evaluation):
        self.make_config, self.make_evaluation = make_config, make_evaluation
        self.exams: list[Exam] = []
        self.directions = iter(DIRECTIONS)

    def gate(self, **settings):
        return self.make_config(gate={"floors": {"roc_auc": 0.5}, "min_gain": 0.0, **settings})

    def evaluate(self, z, direction=None, **values):
        """Return an evaluation whose gain lies so many standard errors above the champion."""
        gain = make_gain(z * ERROR, ERROR, noise=next(self.directions) if direction is None else direction)
        shown = (z * ERROR, (z - 1.96) * ERROR, (z + 1.96) * ERROR)
        return replace(self.make_evaluation(gain=shown, **values), bucketed={"roc_auc": gain})

    def life(self, **others):
        at = len(self.exams) + 1
        return ChampionLife.before(f"run{at}", at, f"k{at}", f"t{at}", self.exams, **others)

    def sit(self, z, challenger=None, *, settings=None, error=None, values=None, **others) -> Verdict:
        """Let a candidate, and the kept challenger, sit the next exam."""
        at, config, life = len(self.exams) + 1, self.gate(**(settings or {})), self.life(**others)
        kept = life.kept(config.gate)
        candidate = self.evaluate(z, **(values or {}))
        sat = self.evaluate(challenger) if kept and challenger is not None else None
        verdict = decide(candidate, config, history=life, challenger=sat, challenger_error=error)
        self.exams.append(
            Exam(
                candidate=f"run{at}", training_key=f"k{at}", as_of=f"2005-{at:02}-28", started=at,
                test_digest=f"t{at}", metric="roc_auc", min_gain=config.gate.min_gain,
                gain=candidate.bucketed["roc_auc"], challenger=kept.run if kept else None,
                challenger_gain=sat.bucketed["roc_auc"] if sat else None,
            )
        )  # fmt: skip
        return verdict


@pytest.fixture
def scene(make_config, make_evaluation):
    return Scene(make_config, make_evaluation)


def kinds(verdict):
    return [one["kind"] for one in verdict.inputs["attempts"]["evidence"]]


def outcome(verdict, rule):
    return next(reason for reason in verdict.reasons if reason.rule == rule)


def test_one_exam_alone_needs_the_bar(scene):
    assert scene.sit(2.9).decision == "reject"
    assert Scene(scene.make_config, scene.make_evaluation).sit(3.1).decision == "promote"


def test_a_gain_that_the_last_candidates_have_in_common_promotes_the_newest(scene, snapshot):
    for z in (1.9, 1.7):
        assert scene.sit(z, challenger=-1.0).decision == "reject"
    verdict = scene.sit(2.0, challenger=-1.0)
    assert verdict.decision == "promote"
    assert verdict.inputs["promotes_challenger"] is False
    assert kinds(verdict)[0] == "pooled"
    assert verdict.summary == snapshot


def test_pooled_evidence_does_not_promote_a_candidate_that_loses(scene):
    for z in (2.9, 2.9):
        scene.sit(z, challenger=-1.0)
    assert scene.sit(-0.01, challenger=-1.0).decision == "reject"


def test_a_kept_challenger_is_promoted_for_all_its_exams(scene, snapshot):
    scene.sit(2.0)
    scene.sit(-0.5, challenger=1.9)
    verdict = scene.sit(-0.5, challenger=1.8)
    assert verdict.decision == "promote"
    assert verdict.inputs["promotes_challenger"] is True
    assert kinds(verdict)[0] == "challenger"
    assert verdict.inputs["gains"]["roc_auc"]["value"] == pytest.approx(1.8 * ERROR)
    assert verdict.summary == snapshot
    assert outcome(verdict, "gain:roc_auc").found == snapshot
    assert json.dumps(verdict.to_dict(), allow_nan=False)


def test_without_a_challenger_in_the_configuration_none_is_weighed(scene):
    settings = {"challenger": False}
    scene.sit(2.5, settings=settings)
    verdict = scene.sit(-0.5, challenger=2.5, settings=settings)
    assert verdict.decision == "reject"
    assert kinds(verdict) == ["candidate"]
    assert not [reason for reason in verdict.reasons if reason.rule == "kept challenger"]


def test_a_model_that_fails_a_floor_makes_room_for_the_other(scene):
    """Both lie above the bar that they share."""
    scene.sit(2.5)
    low = {"roc_auc": 0.4}
    verdict = scene.sit(3.5, challenger=2.4, values=low)
    assert verdict.decision == "promote"
    assert verdict.inputs["promotes_challenger"] is True
    alone = Scene(scene.make_config, scene.make_evaluation)
    alone.sit(-1.0)
    failed = alone.sit(3.5, values=low)
    assert failed.decision == "reject"
    assert outcome(failed, "gain:roc_auc").passed is True
    assert outcome(failed, "floor:roc_auc").passed is False


def test_a_challenger_above_the_bar_that_fails_a_floor_is_said_to_be_the_one(scene):
    scene.sit(2.5)
    life, config = scene.life(), scene.gate()
    verdict = decide(scene.evaluate(-1.0), config, history=life, challenger=scene.evaluate(2.4, roc_auc=0.4))
    assert verdict.decision == "reject"
    assert "stays: of the kept challenger: floor:roc_auc" in verdict.summary
    mended = decide(scene.evaluate(-1.0), config, history=life, challenger=scene.evaluate(2.4))
    assert mended.decision == "promote"


def test_exams_on_the_same_rows_are_not_three_exams(scene):
    direction = next(scene.directions)
    for _ in range(2):
        scene.sit(2.5, challenger=-1.0, values={"direction": direction})
    verdict = scene.sit(2.5, challenger=-1.0, values={"direction": direction})
    assert verdict.decision == "reject"


def test_a_challenger_that_is_gone_leaves_with_a_line_and_no_failure(scene):
    scene.sit(2.0)
    verdict = scene.sit(0.1, error="run run1 was deleted")
    assert verdict.decision == "reject"
    said = outcome(verdict, "kept challenger")
    assert said.passed is None
    assert said.found == "the one of 2005-01-28 leaves: run run1 was deleted"
    assert scene.life().kept(scene.gate().gate) is None


def test_the_verdict_says_who_sits_the_next_exam(scene):
    assert "this candidate sits the exams that follow" in outcome(scene.sit(1.0), "kept challenger").found
    assert outcome(scene.sit(0.0, challenger=1.4), "kept challenger").found == (
        "the one of 2005-01-28 has sat 2 exams, +0.0024 on average, and sits the next"
    )
    replaced = outcome(scene.sit(2.0, challenger=0.1), "kept challenger").found
    assert replaced == (
        "the one of 2005-01-28 leaves; if the champion stays, this candidate sits the exams that follow"
    )


def test_the_bar_and_the_budget_behind_it_are_named(scene):
    required = outcome(scene.sit(1.0), "gain:roc_auc").required
    assert required == "evidence above 3.04: luck replaces at most 10 % of champions in 24 exams"
    few = outcome(scene.sit(1.0, settings={"exams": 6, "error_per_champion": 0.2}), "gain:roc_auc").required
    assert few == "evidence above 2.13: luck replaces at most 20 % of champions in 6 exams"


def test_after_the_planned_exams_the_bar_is_that_of_the_exams_that_were_sat(scene):
    settings = {"exams": 2}
    required = [outcome(scene.sit(-1.0, settings=settings), "gain:roc_auc").required for _ in range(3)]
    assert required[0] == required[1]
    assert required[2].endswith("in 3 exams; the 2 of gate.exams are used up")
    assert required[2] > required[1]


def test_correlated_exams_lower_the_bar_and_the_verdict_says_so(scene):
    shared = next(scene.directions)
    for _ in range(3):
        own = next(scene.directions)
        verdict = scene.sit(0.1, values={"direction": 0.95 * shared + np.sqrt(1 - 0.95**2) * own})
    assert verdict.inputs["attempts"]["correlation"] > 0.8
    assert verdict.inputs["attempts"]["bar"] < 3.04
    assert "correlation 0.8" in outcome(verdict, "gain:roc_auc").required


@pytest.mark.parametrize("earlier", [(), (1.2,), (1.2, 0.9), (2.0, -3.0, 0.4)])
@pytest.mark.parametrize("z", [1.0, 2.0, -0.5])
def test_the_gain_that_would_have_been_enough_would_have_been(scene, earlier, z):
    for one in earlier:
        scene.sit(one, challenger=-5.0)
    direction, life, config = next(scene.directions), scene.life(), scene.gate()
    candidate = scene.evaluate(z, direction)
    comparison = compare_with_bar(candidate, config.gate, life)
    outlook = look_ahead(comparison)
    assert f"above {outlook.now:+.4f}" in decide(candidate, config, history=life).counterfactuals[0]
    for by, decision in ((1e-6, "promote"), (-1e-6, "reject")):
        other = scene.evaluate((outlook.now + by) / ERROR, direction)
        assert decide(other, config, history=life).decision == decision


@pytest.mark.parametrize("earlier", [(), (1.2,), (2.0, -3.0, 0.4)])
def test_the_gain_that_would_be_enough_next_time_is(scene, earlier):
    for one in earlier:
        scene.sit(one, challenger=-5.0)
    life = scene.life()
    candidate = scene.evaluate(1.0)
    outlook = look_ahead(compare_with_bar(candidate, scene.gate().gate, life))
    scene.exams.append(
        replace(scene.exams[-1], **next_exam(scene, candidate)) if scene.exams else first(candidate)
    )
    for by, decision in ((0.01, "promote"), (-0.01, "reject")):
        copy = Scene(scene.make_config, scene.make_evaluation)
        copy.exams, copy.directions = list(scene.exams), scene.directions
        assert copy.sit(outlook.next / ERROR + by, challenger=-5.0).decision == decision


def next_exam(scene, candidate):
    at = len(scene.exams) + 1
    return {
        "candidate": f"run{at}", "training_key": f"k{at}", "started": at, "test_digest": f"t{at}",
        "gain": candidate.bucketed["roc_auc"], "challenger": None, "challenger_gain": None,
    }  # fmt: skip


def first(candidate):
    return Exam(
        candidate="run1", training_key="k1", as_of="2005-01-28", started=1, test_digest="t1",
        metric="roc_auc", min_gain=0.0, gain=candidate.bucketed["roc_auc"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("z", "more"), [(1.6, 3), (1.8, 2), (2.2, 1), (3.0, 1), (1.25, 5), (1.2, None), (-1.0, None)]
)
def test_so_many_more_exams_of_the_same_gain_are_enough(scene, z, more):
    verdict = scene.sit(z)
    said = verdict.counterfactuals[0]
    assert ("more exam" in said) == (more is not None)
    for at in range(1, 6):
        verdict = scene.sit(
            z - 0.02, challenger=z
        )  # so that the new one does not take the challenger's place
        if verdict.decision == "promote":
            assert at == more
            return
    assert more is None


def test_so_many_more_exams_of_the_challenger_are_enough(scene):
    scene.sit(2.0)
    said = scene.sit(-1.0, challenger=1.8).counterfactuals[0]
    assert said.endswith("or one more exam with a gain like the challenger's mean")
    assert scene.sit(-1.0, challenger=1.9).decision == "promote"


def test_an_evaluation_of_the_bootstrap_is_refused_with_the_remedy(scene):
    old = replace(scene.evaluate(4.0), bucketed=None)
    with pytest.raises(DataError, match=r"adds up over exams: clear the task evaluate"):
        decide(old, scene.gate())


def test_what_nobody_can_tell_fails_and_says_why(scene):
    found = scene.evaluate(4.0)
    gain = replace(found.gains["roc_auc"], low=nan, high=nan, note="only 4 entities with a positive label")
    verdict = decide(replace(found, gains={**found.gains, "roc_auc": gain}), scene.gate())
    assert verdict.decision == "reject"
    assert verdict.inputs["attempts"] is None
    assert "only 4 entities" in verdict.summary
    assert "wait for labels" in verdict.counterfactuals[0]


def test_a_challenger_of_whom_nobody_can_tell_is_not_weighed(scene):
    scene.sit(2.9)
    sat = scene.evaluate(2.9)
    gain = replace(sat.gains["roc_auc"], low=nan, high=nan, note="too few")
    sat = replace(sat, gains={**sat.gains, "roc_auc": gain})
    verdict = decide(scene.evaluate(0.0), scene.gate(), history=scene.life(), challenger=sat)
    assert kinds(verdict) == ["candidate"]
