"""Probation: keep, ask or roll back."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from include.evaluation.buckets import BUCKETS, BucketedGain
from include.promotion.probation.bars import rollback_bar
from include.promotion.probation.record import PairedDelivery, PairStatus
from include.promotion.probation.subject import ProbationDecision

pytestmark = pytest.mark.core


def test_nothing_is_decided_before_the_first_label(ask, make_delivery, months):
    found = ask([make_delivery(months[0], status=PairStatus.WAITING)])
    assert (found.decision, found.look, found.evidence) == (ProbationDecision.CONTINUE, 0, None)
    assert "has its labels yet" in found.verdict.summary
    assert "1 waiting for labels" in found.verdict.to_text()


def test_a_loss_below_the_bar_is_rolled_back_where_that_is_automatic(ask, make_delivery, months):
    found = ask([make_delivery(months[0], -0.05)], rollback="automatic", effect=1.0)
    assert found.decision is ProbationDecision.ROLL_BACK
    assert found.verdict.decision == "roll back"
    assert found.evidence.z < -rollback_bar(6)


def test_a_person_is_asked_where_the_configuration_says_so(ask, make_delivery, months):
    found = ask([make_delivery(months[0], -0.05)], effect=1.0)
    assert found.decision is ProbationDecision.ASK
    assert "because probation.rollback is ask" in found.verdict.summary
    assert "trigger credit_risk_rollback with target 1, only_from 2" in found.verdict.to_text()


def test_a_person_is_asked_until_the_design_effect_is_known(ask, make_delivery, months):
    found = ask([make_delivery(months[0], -0.05)], rollback="automatic")
    assert found.decision is ProbationDecision.ASK
    assert "fewer than 12 deliveries of earlier promotions were compared" in found.verdict.summary


def test_a_version_that_was_deleted_is_not_rolled_back_to(ask, make_delivery, months, subject):
    gone = replace(subject, displaced_exists=False)
    found = ask([make_delivery(months[0], -0.05)], about=gone, rollback="automatic", effect=1.0)
    assert found.decision is ProbationDecision.ASK
    assert "version 1 was deleted" in found.verdict.summary
    assert "with the number of another version as target" in found.verdict.to_text()


def test_the_bar_is_not_crossed_by_less(ask, make_delivery, months):
    bar, error = rollback_bar(6), 0.01
    for loss, decided in ((bar * error * 0.99, "continue"), (bar * error * 1.01, "roll back")):
        found = ask([make_delivery(months[0], -loss, error)], rollback="automatic", effect=1.0)
        assert found.decision == decided


def test_a_loss_that_is_put_up_with_is_not_rolled_back(ask, make_delivery, months):
    worse = [make_delivery(months[0], -0.05)]
    assert ask(worse, max_loss=0.06).decision is ProbationDecision.CONTINUE
    assert ask(worse, max_loss=0.04).decision is ProbationDecision.ASK


def test_it_is_kept_once_a_loss_is_excluded(ask, make_delivery, months):
    better = [make_delivery(months[0], 0.05)]
    found = ask(better)
    assert found.decision is ProbationDecision.KEEP
    assert "stays champion, a loss is excluded" in found.verdict.summary
    assert ask([make_delivery(months[0], -0.001)], max_loss=0.04).decision is ProbationDecision.KEEP
    assert ask([make_delivery(months[0], -0.001)], max_loss=0.0).decision is ProbationDecision.CONTINUE


def test_it_is_kept_when_all_looks_are_used_up(ask, make_delivery, months):
    quiet = [make_delivery(month, 0.001) for month in months]
    assert ask(quiet[:5]).decision is ProbationDecision.CONTINUE
    found = ask(quiet[:6])
    assert found.decision is ProbationDecision.KEEP
    assert found.look == 6
    assert "all looks are used up" in found.verdict.summary


def test_deliveries_after_the_last_look_are_not_looked_at(ask, make_delivery, months):
    quiet = [make_delivery(month, 0.001) for month in months[:6]]
    late = [make_delivery(month, -0.5) for month in months[6:]]
    assert ask(quiet + late).decision is ProbationDecision.KEEP


def test_small_losses_add_up(ask, make_delivery, months):
    """Each is 1.6 standard errors; three are 2.8, four 3.2."""
    worse = [make_delivery(month, -0.016) for month in months[:4]]
    assert [ask(worse[:count]).decision for count in (1, 2, 3)] == [ProbationDecision.CONTINUE] * 3
    assert ask(worse).decision is ProbationDecision.ASK


def test_the_same_entities_again_say_less_than_others_would(ask, make_delivery, months):
    """Equal bucket sums each time: four deliveries are worth one."""
    worse = [make_delivery(month, -0.016, seed=1) for month in months[:4]]
    found = ask(worse)
    assert found.decision is ProbationDecision.CONTINUE
    assert found.evidence.z == pytest.approx(-1.6, abs=0.01)


def test_the_first_look_that_decides_is_the_one_that_counts(ask, make_delivery, months):
    worse = make_delivery(months[0], -0.05)
    better = [make_delivery(month, 0.1) for month in months[1:4]]
    first, later = ask([worse]), ask([worse, *better])
    assert (first.decision, first.look, first.digest) == (later.decision, later.look, later.digest)


def test_the_order_of_the_deliveries_is_their_date_and_not_that_of_the_list(ask, make_delivery, months):
    found = [make_delivery(months[0], -0.02), make_delivery(months[1], -0.03), make_delivery(months[2], 0.01)]
    assert len({(ask(list(order)).digest, ask(list(order)).look) for order in permutations(found)}) == 1


def test_a_correction_of_labels_is_other_evidence(ask, make_delivery, months):
    before, after = (ask([make_delivery(months[0], loss)]) for loss in (-0.05, -0.06))
    assert before.digest != after.digest
    assert before.digest == ask([make_delivery(months[0], -0.05)]).digest


def test_a_design_effect_widens_the_error(ask, make_delivery, months):
    worse = [make_delivery(months[0], -0.05)]
    found = ask(worse, rollback="automatic", effect=4.0)
    assert found.decision is ProbationDecision.CONTINUE
    assert found.evidence.error == pytest.approx(0.02)
    assert "4.00" in found.verdict.to_text()


def test_a_few_positives_tell_nothing(ask, make_delivery, months):
    found = ask([make_delivery(months[0], -0.5, positives=9)])
    assert found.decision is ProbationDecision.CONTINUE
    assert "too few rows of a class" in found.verdict.summary
    assert ask([make_delivery(months[0], -0.5, positives=10)]).decision is ProbationDecision.ASK
    assert ask([make_delivery(months[0], -0.5, positives=991)]).decision is ProbationDecision.CONTINUE


def test_models_that_predict_alike_are_kept_in_the_end(ask, months):
    same = [
        PairedDelivery(
            partition=month, md5="x", as_of=month, status=PairStatus.MEASURED, positives=100,
            gain=BucketedGain(rows=1000, total=0.0, sums=np.zeros(BUCKETS)),
        )
        for month in months
    ]  # fmt: skip
    assert ask(same[:5]).decision is ProbationDecision.CONTINUE
    assert ask(same).decision is ProbationDecision.KEEP
    assert ask(same).evidence.z == 0.0


@pytest.mark.parametrize(("carriers", "low"), [(1, -2.0), (3, -2.85)])
def test_a_few_buckets_that_carry_everything_roll_nothing_back(ask, months, carriers, low):
    """A few customers with half of the rows: hardly any degrees of freedom."""
    sums = np.random.default_rng(1).standard_normal(BUCKETS)
    sums[:carriers] = 10_000.0 / np.sqrt(carriers)
    gain = BucketedGain(rows=1000, total=-40_000.0, sums=sums)
    one = PairedDelivery(
        partition=months[0], md5="x", as_of=months[0], status=PairStatus.MEASURED, positives=100, gain=gain
    )
    assert gain.value / 10.0 < -rollback_bar(6), "the ratio alone would cross the bar"
    found = ask([one])
    assert found.decision is ProbationDecision.CONTINUE
    assert low < found.evidence.z < 0


def test_deliveries_that_were_not_measured_are_no_looks_and_are_counted(ask, make_delivery, months):
    others = [PairStatus.WAITING, PairStatus.OVERDUE, PairStatus.OVERDUE, PairStatus.ONE_CLASS]
    found = ask(
        [make_delivery(months[0], 0.001)]
        + [make_delivery(month, status=status) for month, status in zip(months[1:], others, strict=False)]
    )
    assert found.look == 1
    assert "1 compared; 1 waiting for labels; 2 labels overdue; 1 labels of one class only" in (
        found.verdict.to_text()
    )


def test_what_the_shadow_has_missed_is_a_line_of_the_verdict(ask, make_delivery, months):
    found = ask([make_delivery(months[0], 0.001)], unpaired=2)
    assert "1 compared; 2 that version 1 has not scored" in found.verdict.to_text()


def test_the_verdict_travels(ask, make_delivery, months):
    verdict = ask([make_delivery(months[0], -0.05)]).verdict
    assert verdict.inputs["cause"] == verdict.inputs["promotion"] == "0123456789abcdef"
    assert verdict.inputs["partitions"] == [months[0]]
    assert type(verdict).from_dict(verdict.to_dict()) == verdict


@pytest.mark.parametrize("loss", [-1e-16, 0.0, 1e-16])
def test_a_loss_of_nothing_is_none_in_whatever_order_it_was_added_up(ask, make_delivery, months, loss):
    found = ask([make_delivery(months[0], -loss)], max_loss=0.0)
    assert next(one for one in found.verdict.reasons if one.rule == "loss").passed is True
