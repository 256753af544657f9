from __future__ import annotations

import json
from dataclasses import replace
from math import nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.config.metric_names import METRICS
from include.config.tasks import TASKS
from include.data.dominant_column import DominantColumn
from include.errors import DataError
from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.record import Evaluation
from include.promotion.gate import decide
from include.verdicts import Verdict
from tests.core.promotion.gains import make_gain

pytestmark = pytest.mark.core

RECORDS = Path(__file__).parents[1] / "records"
FLOORS = {"roc_auc": 0.84, "log_loss": 0.3, "brier": 0.085}
BETTER = (0.01, 0.004, 0.016)
FIGURES = st.floats(-0.5, 0.5, allow_nan=False)
TRIPLES = st.tuples(FIGURES, FIGURES, FIGURES).map(lambda found: (sorted(found)[1], min(found), max(found)))


@pytest.fixture(scope="session")
def gate(make_config, make_evaluation):
    """Return a function that decides; keywords of the gate come in a dictionary, the rest describes the
    evaluation."""

    def gate(settings=None, **evaluation) -> Verdict:
        config = make_config(gate={"floors": FLOORS, "min_gain": 0.0, **(settings or {})})
        return decide(make_evaluation(**evaluation), config)

    return gate


def outcome(verdict, rule):
    return next(reason for reason in verdict.reasons if reason.rule == rule)


def test_without_a_champion_the_floors_and_a_trivial_model_decide(gate, snapshot):
    verdict = gate()
    assert verdict.decision == "promote"
    assert verdict.summary == snapshot
    assert [reason.passed for reason in verdict.reasons] == [True, True, True, True, True, None]


@pytest.mark.parametrize(
    ("metric", "value", "passed"),
    [
        ("roc_auc", 0.8501, True),  # the interval reaches 0.01 to either side of the figure
        ("roc_auc", 0.8499, False),
        ("log_loss", 0.2899, True),
        ("log_loss", 0.2901, False),
        ("roc_auc", nan, False),
        ("log_loss", nan, False),
    ],
)
def test_a_floor_is_held_against_the_bad_end_of_the_interval_and_never_holds_for_nan(
    gate, metric, value, passed
):
    verdict = gate(**{metric: value})
    assert verdict.decision == ("promote" if passed else "reject")
    assert outcome(verdict, f"floor:{metric}").passed is passed


def test_the_champion_is_named_where_it_was_scored(gate):
    assert outcome(gate(gain=BETTER), "champion").found == "champion version 3 was scored on the same rows"
    assert outcome(gate(), "champion").found == "there is none"


def test_an_interval_with_one_end_is_not_defined(gate):
    verdict = gate(trivial={"roc_auc": ConfidenceInterval(value=0.02, low=0.01, high=nan)})
    assert "(its interval is not defined)" in outcome(verdict, "better than trivial:roc_auc").found


def test_a_slice_that_leaves_the_question_open_says_on_how_few_rows(gate):
    slices = {"sex=1": (0.0, -0.01, 0.01), "sex=2": (-0.03, -0.07, 0.01)}
    verdict = gate(gain=BETTER, slices=slices)
    assert outcome(verdict, "slice:sex=1").found.endswith("on 500 rows")
    assert outcome(verdict, "slice:sex=2").found.endswith("on only 500 rows")


def test_a_floor_that_is_just_reached_holds(gate):
    exactly = {"roc_auc": 0.85 - 0.01, "log_loss": 0.25 + 0.01}
    verdict = gate({"floors": exactly}, roc_auc=0.85, log_loss=0.25)
    assert outcome(verdict, "floor:roc_auc").passed is True
    assert outcome(verdict, "floor:log_loss").passed is True
    assert verdict.decision == "promote"


def test_a_failed_floor_says_what_would_have_passed(gate, snapshot):
    verdict = gate(roc_auc=0.71)
    assert verdict.summary == snapshot
    assert outcome(verdict, "floor:roc_auc").required == "lower end of its 95% interval at least 0.84"
    assert verdict.counterfactuals == snapshot
    assert "it is 0.7000" in verdict.counterfactuals[0]


def test_a_floor_that_luck_alone_may_have_passed_says_how_many_rows_would_tell(gate, snapshot):
    verdict = gate(roc_auc=0.845)
    assert verdict.decision == "reject"
    assert verdict.counterfactuals == snapshot
    assert "about 40,000 test rows" in verdict.counterfactuals[0]


def test_a_floor_that_holds_says_where_it_would_not(gate):
    told = gate().counterfactuals
    assert "the lower end of the 95% interval of roc_auc below 0.84; it is 0.8700" in told
    assert "the upper end of the 95% interval of log_loss above 0.3; it is 0.2600" in told


def test_how_many_rows_would_tell_is_said_of_a_ceiling_too(gate):
    verdict = gate(log_loss=0.295)  # the interval reaches twice as far as the ceiling is away
    assert "about 40,000 test rows would be enough" in verdict.counterfactuals[0]


@pytest.mark.parametrize("gain", [None, BETTER])
@pytest.mark.parametrize(("low", "passed"), [(0.0001, True), (0.0, False), (-0.01, False), (nan, False)])
def test_a_candidate_that_a_trivial_model_may_equal_is_never_promoted(gate, gain, low, passed):
    verdict = gate(gain=gain, trivial={"roc_auc": ConfidenceInterval(value=0.02, low=low, high=0.1)})
    assert verdict.decision == ("promote" if passed else "reject")
    assert outcome(verdict, "better than trivial:roc_auc").passed is passed


def test_the_ranking_must_be_better_than_chance_whatever_the_primary_metric_is(gate):
    primary = {"primary": "log_loss"}
    assert gate(primary).decision == "promote"
    for name in ("log_loss", "roc_auc"):
        luck = {name: ConfidenceInterval(value=0.02, low=-0.01, high=0.05)}
        verdict = gate(primary, trivial=luck)
        assert verdict.decision == "reject"
        assert f"better than trivial:{name} (+0.0200 [-0.0100, +0.0500]" in verdict.summary
    assert (
        gate(primary, trivial={"brier": ConfidenceInterval(value=-1, low=-1, high=-1)}).decision == "promote"
    )


def test_what_nobody_can_tell_is_a_rejection_with_its_reason(gate, snapshot):
    note = "only 4 entities with a positive label, 10 needed"
    verdict = gate(trivial={"roc_auc": ConfidenceInterval(value=0.3, low=nan, high=nan, note=note)})
    assert verdict.decision == "reject"
    assert f"inconclusive: {note}" in verdict.summary
    assert verdict.counterfactuals == snapshot
    assert note in verdict.counterfactuals[0]
    assert json.dumps(verdict.to_dict(), allow_nan=False)


def test_an_evaluation_that_does_not_know_a_trivial_model_is_refused_with_the_remedy(make_config):
    plain = json.loads((RECORDS / "evaluation_v1.json").read_text())
    with pytest.raises(DataError, match="clear the task evaluate"):
        decide(Evaluation.from_dict(plain), make_config())


def test_a_dominant_column_is_a_warning_that_decides_nothing_and_stands_out(make_config, make_evaluation):
    term = DominantColumn(column="age", auc=0.977, rest=0.71, share=0.99)
    verdict = decide(make_evaluation(dominant=(term,)), make_config())
    assert verdict.decision == "promote"
    assert verdict.reasons[0].rule == "WARNING dominant column:age"
    assert verdict.reasons[0].passed is None
    assert "WARNING dominant column:age: it alone reaches an AUC of 0.977" in verdict.summary
    assert "features.allow_dominant: [age]" in verdict.summary
    allowed = make_config(features={"allow_dominant": ["age"]})
    assert "WARNING" not in decide(make_evaluation(dominant=(term,)), allowed).to_text()


def test_a_candidate_that_is_really_better_is_promoted(gate):
    verdict = gate(gain=BETTER)
    assert verdict.decision == "promote"
    assert verdict.summary.startswith(
        "better than champion version 3 on the same 10,000 rows: roc_auc +0.0100"
    )
    assert verdict.counterfactuals[-1] == "evidence of 3.04 or less for a gain in roc_auc; it is 3.26"


@pytest.mark.parametrize(
    ("gain", "min_gain", "decision"),
    [
        ((0.01, 0.0035, 0.0165), 0.0, "reject"),  # 3.02 standard errors of the 3.04 that the first exam takes
        ((0.01, 0.0037, 0.0163), 0.0, "promote"),  # 3.11
        ((0.01, 0.0001, 0.0199), 0.0, "reject"),  # for one try its interval would lie far enough
        ((0.01, 0.004, 0.016), 0.005, "reject"),
        ((0.01, 0.007, 0.013), 0.005, "promote"),
        ((-0.001, -0.003, 0.001), -0.005, "promote"),  # a margin below zero asks for no worse, not for better
        ((0.01, nan, nan), 0.0, "reject"),
        ((nan, nan, nan), 0.0, "reject"),
        ((-0.01, -0.016, -0.004), 0.0, "reject"),
    ],
)
def test_the_gain_decides_by_its_standard_error(gate, gain, min_gain, decision):
    assert gate({"min_gain": min_gain}, gain=gain).decision == decision


def test_a_gain_that_may_be_luck_says_how_many_rows_would_tell(gate, snapshot):
    verdict = gate(gain=(0.002, -0.002, 0.006))
    assert verdict.decision == "reject"
    assert verdict.summary == snapshot
    assert "about 97,000 test rows would be enough if that is real" in verdict.counterfactuals[0]


@pytest.mark.parametrize(
    ("errors", "rows"),
    [
        (2.75, "13,000"),  # 12,301, in two digits and rather too many
        (1.0, "93,000"),
        (0.31, "970,000"),
        (0.3, None),  # beyond a hundred times the rows nobody collects them
        (-1.0, None),
    ],
)
def test_the_rows_that_would_tell_grow_with_the_square_of_the_bar(gate, errors, rows):
    """The gain lies so many standard errors above the champion, of the 3.04 that are needed."""
    value, reach = 0.01, 1.96 * 0.01 / abs(errors)
    value = value if errors > 0 else -value
    told = gate(gain=(value, value - reach, value + reach)).counterfactuals[0]
    assert (f"about {rows} test rows would be enough" in told) if rows else ("rows would" not in told)


def test_the_rows_that_would_tell_are_counted_from_the_gain_that_is_required(gate):
    told = gate({"min_gain": 0.01}, gain=(0.02, 0.02 - 0.0196, 0.02 + 0.0196)).counterfactuals[0]
    assert "about 93,000 test rows would be enough" in told


def test_the_rows_that_would_tell_a_candidate_from_a_trivial_model(gate):
    luck = ConfidenceInterval(value=0.02, low=-0.02, high=0.06)
    verdict = gate(trivial={"roc_auc": luck})
    assert outcome(verdict, "better than trivial:roc_auc").required == "its 99% interval above 0"
    assert "about 40,000 test rows instead of 10,000" in verdict.counterfactuals[0]


def test_a_candidate_that_is_worse_is_shown_the_gain_it_needs(gate, snapshot):
    verdict = gate(gain=(-0.01, -0.02, 0.0))
    assert verdict.counterfactuals == snapshot
    assert "-0.0100" in verdict.counterfactuals[0]


def test_a_candidate_equal_to_the_champion_is_rejected_as_such(gate, snapshot):
    verdict = gate(gain=(0.0, 0.0, 0.0))
    assert verdict.decision == "reject"
    assert verdict.counterfactuals == snapshot


def test_both_of_two_failures_are_needed(gate):
    verdict = gate(gain=(-0.01, -0.02, 0.0), roc_auc=0.8)
    assert [sentence.partition(":")[0] for sentence in verdict.counterfactuals] == ["all 2 needed"] * 2


def test_several_failures_are_all_needed(gate):
    verdict = gate(gain=(-0.01, -0.02, 0.0), roc_auc=0.8, brier=0.2)
    assert verdict.summary.startswith("champion version 3 stays: floor:roc_auc")
    assert [sentence.partition(":")[0] for sentence in verdict.counterfactuals] == ["all 3 needed"] * 3


def test_a_champion_that_can_not_be_scored_blocks(gate):
    verdict = gate(error="version 3 could not be loaded: no such artifact")
    assert verdict.decision == "block"
    assert "champion version 3 could not be scored" in verdict.summary
    assert "no such artifact" in verdict.summary
    assert outcome(verdict, "champion").passed is False
    assert outcome(verdict, "gain:roc_auc").found == "nothing could be compared"
    assert verdict.counterfactuals[0].startswith("a champion that can be scored: repair it, roll back")


def test_slices_cannot_be_compared_with_a_champion_that_cannot_be_scored(gate):
    assert (
        outcome(gate(error="timeout", slices={"sex=1": None}), "slices").found == "nothing could be compared"
    )
    without = outcome(gate(slices={"sex=1": None}), "slices").found
    assert without == "there is no champion to compare with"


def test_a_broken_champion_blocks_even_a_bad_candidate(gate):
    assert gate(error="timeout", roc_auc=0.1).decision == "block"


@pytest.mark.parametrize(
    ("gain", "passed"),
    [
        ((-0.03, -0.05, -0.01), False),  # more than the margin, and real
        ((-0.03, -0.07, 0.01), None),  # more than the margin, may be luck
        ((-0.03, -0.06, 0.0), None),  # no loss at all is not ruled out
        ((-0.01, -0.03, -0.001), None),  # real, perhaps more than the margin
        ((-0.01, -0.019, -0.001), True),  # real, surely less than the margin
        ((0.0, -0.02, 0.02), True),  # the margin itself is allowed
        ((-0.02, -0.03, -0.01), None),
        ((0.02, 0.01, 0.03), True),
        ((nan, nan, nan), None),
    ],
)
def test_a_slice_fails_on_a_real_loss_beyond_the_margin(gate, gain, passed):
    verdict = gate(gain=BETTER, slices={"sex=1": gain})
    assert outcome(verdict, "slice:sex=1").passed is passed
    assert verdict.decision == ("reject" if passed is False else "promote")


def test_a_failed_slice_is_named_with_its_loss(gate, snapshot):
    verdict = gate(gain=BETTER, slices={"sex=1": (0.0, -0.01, 0.01), "age >= 50": (-0.03, -0.05, -0.01)})
    assert verdict.summary.startswith("champion version 3 stays: slice:age >= 50 (-0.0300 [-0.0500, -0.0100]")
    assert verdict.counterfactuals == snapshot
    assert "age >= 50 of at most 0.02; it is 0.0300" in verdict.counterfactuals[0]


def test_small_slices_are_listed_in_one_line_and_decide_nothing(gate):
    verdict = gate(
        gain=BETTER, slices={"sex=1": (0.0, -0.01, 0.01), "education=0": None, "education=4": None}
    )
    assert verdict.decision == "promote"
    small = outcome(verdict, "slices:small")
    assert small.passed is None
    assert small.found == "inconclusive: education=0 (20 rows, 0 positive), education=4 (20 rows, 0 positive)"


def test_without_a_champion_slices_are_not_compared(gate):
    verdict = gate(slices={"sex=1": None, "sex=2": None})
    assert [reason.rule for reason in verdict.reasons][-1] == "slices"
    assert outcome(verdict, "slices").passed is None


def test_without_sensitive_attributes_there_is_no_rule_about_slices(gate):
    assert not [reason for reason in gate(gain=BETTER).reasons if reason.rule.startswith("slice")]


def test_the_primary_metric_is_the_configured_one(make_config, make_evaluation):
    evaluation = make_evaluation(gain=BETTER)
    losing = {
        **evaluation.gains,
        "log_loss": evaluation.gains["roc_auc"].__class__(value=-1.0, low=-2.0, high=-0.5),
    }
    lost = {**evaluation.bucketed, "log_loss": make_gain(-1.0, 0.3)}
    evaluation = replace(evaluation, gains=losing, bucketed=lost)
    assert decide(evaluation, make_config(gate={"primary": "roc_auc"})).decision == "promote"
    assert decide(evaluation, make_config(gate={"primary": "log_loss"})).decision == "reject"


@pytest.mark.parametrize("confidence", [0.51, 0.9, 0.99])
def test_intervals_of_another_confidence_are_not_taken_for_those_that_are_asked_for(
    make_config, make_evaluation, confidence
):
    with pytest.raises(DataError, match=r"measured at a confidence of 95 %.*clear the task evaluate"):
        decide(make_evaluation(gain=BETTER), make_config(gate={"confidence": confidence}))


@pytest.mark.parametrize(("then", "now"), [(None, (1, 5)), ((1, 5), None), ((1, 5), (1, 6))])
def test_figures_by_other_costs_are_not_taken_for_those_that_are_asked_for(
    make_config, make_evaluation, then, now
):
    costs = None if now is None else {"false_positive": now[0], "false_negative": now[1]}
    config = make_config(gate={"costs": costs})
    with pytest.raises(DataError, match=r"measured by other gate\.costs.*clear the task evaluate"):
        decide(replace(make_evaluation(gain=BETTER), costs=then), config)
    assert decide(replace(make_evaluation(gain=BETTER), costs=now), config).decision == "promote"


def test_slices_of_another_metric_are_not_held_to_the_margin_of_this_one(make_config, make_evaluation):
    evaluation = make_evaluation(gain=BETTER, slices={"sex=1": (0.0, -0.001, 0.001)})
    with pytest.raises(
        DataError, match=r"slices .* roc_auc.*gate.primary is log_loss.*clear the task evaluate"
    ):
        decide(evaluation, make_config(gate={"primary": "log_loss"}))


def test_the_verdict_carries_its_inputs_and_limits_as_strict_json(gate):
    verdict = gate(gain=(nan, nan, nan), slices={"sex=1": None}, roc_auc=nan)
    again = Verdict.from_dict(json.loads(json.dumps(verdict.to_dict(), allow_nan=False)))
    assert again == verdict
    assert verdict.inputs["test_digest"] == "ab" * 32
    assert verdict.inputs["champion_info"] == {"version": "3"}
    assert verdict.thresholds["floors"] == FLOORS
    assert verdict.subject == "credit_risk candidate on test set abababababab"


def test_the_subject_may_be_given(make_config, make_evaluation):
    assert (
        decide(make_evaluation(), make_config(), subject="the candidate of May").subject
        == "the candidate of May"
    )


@given(
    name=st.sampled_from(sorted(TASKS["binary"].metrics)),
    value=st.floats(0, 1),
    floors=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    gain=st.none() | TRIPLES,
)
def test_a_stricter_floor_never_helps(gate, name, value, floors, gain):
    loose, strict = sorted(floors, reverse=not METRICS[name].higher_is_better)
    decided = [
        gate({"floors": {"accuracy": 0.0, name: floor}}, gain=gain, **{name: value}).decision
        for floor in (loose, strict)
    ]
    assert decided != ["reject", "promote"]


@given(gain=TRIPLES, margins=st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4)))
def test_a_larger_required_gain_never_helps(gate, gain, margins):
    decided = [gate({"min_gain": margin}, gain=gain).decision for margin in sorted(margins)]
    assert decided != ["reject", "promote"]


@given(gain=TRIPLES, lift=st.floats(0, 0.3))
def test_a_larger_gain_never_hurts(gate, gain, lift):
    lifted = tuple(figure + lift for figure in gain)
    assert [gate(gain=found).decision for found in (gain, lifted)] != ["promote", "reject"]


@given(found=TRIPLES, margins=st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)))
def test_a_wider_slice_margin_never_hurts(gate, found, margins):
    decided = [
        gate({"slices": {"min_rows": 300, "max_drop": margin}}, gain=BETTER, slices={"sex=1": found}).decision
        for margin in sorted(margins)
    ]
    assert decided != ["promote", "reject"]


@given(name=st.sampled_from(sorted(FLOORS)), gain=st.none() | TRIPLES)
def test_nan_in_a_floored_metric_never_promotes(gate, name, gain):
    assert gate(gain=gain, **{name: nan}).decision == "reject"


@given(
    gain=st.none() | TRIPLES, value=st.floats(0, 1), slices=st.dictionaries(st.sampled_from("abc"), TRIPLES)
)
def test_a_champion_that_can_not_be_scored_always_blocks(gate, gain, value, slices):
    assert gate(gain=gain, error="gone", slices=slices, roc_auc=value).decision == "block"


@given(
    gain=st.none() | TRIPLES, value=st.floats(0, 1), slices=st.dictionaries(st.sampled_from("abc"), TRIPLES)
)
def test_every_verdict_is_consistent_with_its_reasons(gate, gain, value, slices):
    verdict = gate(gain=gain, slices=slices, roc_auc=value)
    failed = [reason for reason in verdict.reasons if reason.passed is False]
    assert (verdict.decision == "promote") == (not failed)
    assert verdict.counterfactuals
    assert all(reason.rule in verdict.summary for reason in failed)
