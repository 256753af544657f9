"""The rules of a window at their limits, on records that are written down instead of measured."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from include.evaluation.confidence_interval import ConfidenceInterval
from include.monitoring.performance.record import LabelFindings, Limits, Reference, WindowPerformance
from include.monitoring.performance.rules import find_status
from include.monitoring.performance.verdict import explain, to_table

pytestmark = pytest.mark.core

LIMITS = Limits(
    primary="roc_auc",
    max_drop=0.125,
    confidence=0.95,
    min_rows=200,
    min_coverage=0.75,
    floors={"roc_auc": 0.5, "log_loss": 0.5},
)


def interval(value: float, low: float, high: float) -> ConfidenceInterval:
    return ConfidenceInterval(value=value, low=low, high=high)


def reference(value: float, metric: str = "roc_auc") -> Reference:
    return Reference(metric=metric, interval=interval(value, value, value), rows=10_000, source="models/m/r1")


WINDOW = WindowPerformance(
    model="loans",
    partition="2005-04-30",
    version="3",
    as_of="2005-06-30",
    due="2005-05-31",
    limits=LIMITS,
    rows=1_000,
    labelled=800,
    evaluated=800,
    positives=200,
    metrics={"roc_auc": interval(0.75, 0.72, 0.78), "log_loss": interval(0.375, 0.35, 0.4)},
    reference=reference(0.75),
)


def window(**changed) -> WindowPerformance:
    return replace(WINDOW, **changed)


def limits(**changed) -> Limits:
    return replace(LIMITS, **changed)


def reason(found: WindowPerformance, rule: str):
    return next(one for one in explain(found).reasons if one.rule == rule)


def with_primary(primary: ConfidenceInterval, **changed) -> WindowPerformance:
    return window(metrics={**WINDOW.metrics, WINDOW.limits.primary: primary}, **changed)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, "good"),
        ({"rows": 0}, "no predictions"),
        ({"rows": 1, "labelled": 1}, "good"),
        ({"as_of": "2005-05-31"}, "good"),
        ({"as_of": "2005-05-30"}, "not mature"),
        ({"as_of": "2005-05-30", "labelled": 1_000}, "good"),
        ({"labelled": 750}, "good"),
        ({"labelled": 749}, "not mature"),
        ({"evaluated": 200}, "good"),
        ({"evaluated": 199}, "too few rows"),
        ({"metrics": {}}, "too few rows"),
    ],
)
def test_the_first_rule_that_fails_gives_the_status(changed, status):
    assert find_status(window(**changed)) == status
    assert explain(window(**changed)).decision == status


@pytest.mark.parametrize(
    "primary", [interval(0.75, nan, 0.78), interval(0.75, 0.72, nan), interval(nan, nan, nan)]
)
def test_a_primary_metric_without_an_interval_is_too_few_rows(primary):
    assert find_status(with_primary(primary)) == "too few rows"


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (interval(0.625, 0.6, 0.74), "good"),  # as much worse as it may be
        (interval(0.62, 0.6, 0.74), "worse"),
        (interval(0.62, 0.6, 0.75), "good"),  # it may be chance
        (interval(0.7, 0.69, 0.71), "good"),  # surely worse, but not by much
        (interval(0.9, 0.88, 0.92), "good"),
    ],
)
def test_worse_is_a_loss_that_matters_and_is_not_luck(found, status):
    assert find_status(with_primary(found)) == status


@pytest.mark.parametrize(
    ("found", "before", "status"),
    [
        (interval(0.70, 0.68, 0.73), interval(0.75, 0.70, 0.77), "good"),  # 0.05 lost, chance explains 0.058
        (interval(0.70, 0.68, 0.73), interval(0.75, 0.72, 0.80), "worse"),  # chance explains 0.042
        (interval(0.70, 0.60, 0.73), interval(0.75, 0.72, 0.99), "worse"),  # the other ends say nothing
        (interval(0.70, 0.68, 0.745), interval(0.75, nan, nan), "worse"),
        (interval(0.70, 0.68, 0.755), interval(0.75, nan, nan), "good"),
    ],
)
def test_the_evaluation_is_no_more_certain_than_its_own_rows(found, before, status):
    changed = replace(reference(0.75), interval=before)
    seen = window(limits=limits(max_drop=0.03, floors={}), metrics={"roc_auc": found}, reference=changed)
    assert find_status(seen) == status


def test_where_lower_is_better_the_evaluation_s_upper_end_counts():
    limited = limits(primary="log_loss", max_drop=0.03, floors={})
    for high, status in ((0.44, "good"), (0.41, "worse")):
        before = replace(reference(0.4, "log_loss"), interval=interval(0.4, 0.1, high))
        found = {"log_loss": interval(0.45, 0.42, 0.6)}
        assert find_status(window(limits=limited, metrics=found, reference=before)) == status


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (interval(0.5, 0.38, 0.52), "good"),
        (interval(0.51, 0.38, 0.52), "worse"),
        (interval(0.51, 0.375, 0.52), "good"),
        (interval(0.4, 0.39, 0.41), "good"),
        (interval(0.2, 0.19, 0.21), "good"),
    ],
)
def test_where_lower_is_better_a_loss_is_a_rise(found, status):
    changed = limits(primary="log_loss", floors={})
    low = window(limits=changed, metrics={"log_loss": found}, reference=reference(0.375, "log_loss"))
    assert find_status(low) == status


@pytest.mark.parametrize(
    ("metric", "found", "passed"),
    [
        ("roc_auc", interval(0.45, 0.4, 0.5), True),
        ("roc_auc", interval(0.45, 0.4, 0.49), False),
        ("log_loss", interval(0.6, 0.5, 0.7), True),
        ("log_loss", interval(0.6, 0.51, 0.7), False),
    ],
)
def test_a_floor_is_missed_by_a_whole_interval(metric, found, passed):
    missed = window(metrics={**WINDOW.metrics, metric: found}, reference=None)
    assert reason(missed, f"floor:{metric}").passed is passed
    assert find_status(missed) == ("good" if passed else "worse")


def test_a_floor_says_which_side_is_the_good_one():
    assert reason(WINDOW, "floor:roc_auc").required == "an interval that reaches 0.5 or more"
    assert reason(WINDOW, "floor:log_loss").required == "an interval that reaches 0.5 or less"
    assert reason(WINDOW, "floor:roc_auc").found == "0.7500 [0.7200, 0.7800]"


def test_a_loss_and_a_gain_are_told_apart():
    assert (
        "0.0500 worse than the 0.7500" in reason(with_primary(interval(0.7, 0.6, 0.8)), "drop:roc_auc").found
    )
    assert (
        "0.0500 better than the 0.7500" in reason(with_primary(interval(0.8, 0.7, 0.9)), "drop:roc_auc").found
    )
    assert "0.0000 better than the 0.7500" in reason(WINDOW, "drop:roc_auc").found


def test_rules_after_the_first_four_are_all_applied():
    both = window(metrics={"roc_auc": interval(0.4, 0.39, 0.41), "log_loss": interval(0.9, 0.8, 1.0)})
    failed = [one.rule for one in explain(both).reasons if one.passed is False]
    assert failed == ["drop:roc_auc", "floor:roc_auc", "floor:log_loss"]
    early = [one.rule for one in explain(window(labelled=0)).reasons]
    assert early == ["predictions", "mature", "coverage"]


@pytest.mark.parametrize(
    ("learned", "known", "said"),
    [
        (False, True, None),
        (False, False, None),
        (True, True, "held out only"),
        (True, False, "on which of its rows is not known"),
    ],
)
def test_a_version_that_learned_from_the_window_says_so(learned, known, said):
    found = reason(window(learned=learned, holdout_known=known), "rows").found
    assert found.startswith("800 evaluated, 200 positive")
    assert (said in found) if said else found.endswith("positive")


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (LabelFindings(), "80.0% of the predictions have a label"),
        (LabelFindings(repeated=1), "80.0% of the predictions have a label (1 delivered twice)"),
        (
            LabelFindings(corrected=2, unknown=3),
            "80.0% of the predictions have a label (2 corrected by a later delivery, 3 about entities that "
            "were not scored)",
        ),
    ],
)
def test_what_is_odd_about_labels_is_said_where_it_is(labels, said):
    assert reason(window(labels=labels), "coverage").found == said


@pytest.mark.parametrize(
    ("as_of", "summary"),
    [
        ("2005-05-30", "labels are due on 2005-05-31: 10 of 1,000 labels are known (1.0%) on 2005-05-30"),
        ("2005-05-31", "labels were due on 2005-05-31, 0 days ago, but only 10 of 1,000"),
        ("2005-06-02", "labels were due on 2005-05-31, 2 days ago, but only 10 of 1,000"),
    ],
)
def test_labels_are_asked_about_from_the_day_they_are_due(as_of, summary):
    late = explain(window(labelled=10, as_of=as_of))
    assert late.summary.startswith(summary)
    assert late.counterfactuals[0] == "labels of at least 75% of the predictions, after 2005-05-31"
    assert len(late.counterfactuals) == (1 if as_of < "2005-05-31" else 2)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ("roc_auc below 0.6250, and a difference beyond chance",)),
        ({"reference": None}, ()),
        (
            {"evaluated": 1},
            ("200 labelled rows (monitoring.performance.min_rows), 10 or more of either class",),
        ),
        ({"rows": 0}, ("predictions: run loans_scoring as of 2005-04-30",)),
        (
            {"metrics": {**WINDOW.metrics, "log_loss": interval(0.9, 0.8, 1.0)}},
            ("roc_auc within 0.125 of the evaluation, floors in reach",),
        ),
        (
            {"limits": limits(primary="log_loss", floors={}), "reference": reference(0.375, "log_loss")},
            ("log_loss above 0.5000, and a difference beyond chance",),
        ),
    ],
)
def test_what_would_have_led_to_another_status(changed, said):
    assert explain(window(**changed)).counterfactuals == said


def test_a_summary_names_the_evaluation_where_there_is_one():
    assert explain(WINDOW).summary == (
        "version 3 holds on 800 labelled rows: roc_auc 0.7500 [0.7200, 0.7800], 0.7500 in its evaluation"
    )
    assert explain(window(reference=None)).summary.endswith("roc_auc 0.7500 [0.7200, 0.7800]")


def test_a_verdict_holds_the_record_apart_from_its_limits():
    verdict = explain(WINDOW)
    assert not {"format", "limits"} & set(verdict.inputs)
    assert (verdict.inputs["evaluated"], verdict.inputs["status"]) == (800, "good")
    assert verdict.thresholds["max_drop"] == 0.125


def test_a_table_shows_what_is_not_known_as_such():
    lines = to_table([WINDOW, window(rows=0, metrics={}, reference=None), window(labelled=10)]).splitlines()
    assert lines[1].split()[:4] == ["2005-04-30", "3", "1,000", "80.0%"]
    assert lines[1].endswith("0.7500 [0.7200, 0.7800]  0.7500      good")
    assert lines[2].split() == ["2005-04-30", "3", "0", "-", "-", "-", "no", "predictions"]
    assert lines[3].endswith("not mature, due 2005-05-31")


def test_a_record_of_nothing_has_no_rows_and_claims_nothing():
    bare = WindowPerformance(
        model="loans",
        partition="2005-04-30",
        version="3",
        as_of="2005-06-30",
        due="2005-05-31",
        limits=LIMITS,
    )
    assert (bare.rows, bare.labelled, bare.evaluated, bare.positives) == (0, 0, 0, 0)
    assert (bare.learned, bare.restated, bare.holdout_known) == (False, False, True)
    assert (bare.metrics, bare.reference, bare.labels) == ({}, None, LabelFindings())
    assert (bare.labels.repeated, bare.labels.corrected, bare.labels.unknown) == (0, 0, 0)
    assert bare.coverage == 0.0


@pytest.mark.parametrize("evaluation", [WINDOW.reference, None])
def test_a_record_of_the_first_format_is_read(evaluation):
    record = window(reference=evaluation)
    old = record.to_dict() | {"format": 1}
    old["judged"] = old.pop("evaluated")
    if evaluation:
        old["reference"]["estimate"] = old["reference"].pop("interval")
    assert WindowPerformance.from_dict(old) == record


def test_a_floor_of_a_metric_without_an_interval_is_left_open():
    """What is not known is not worse."""
    found = window(metrics={**WINDOW.metrics, "log_loss": interval(9.0, nan, nan)})
    assert reason(found, "floor:log_loss").passed is None
    assert find_status(found) == "good"


@pytest.mark.parametrize(("before", "now"), [(0.9, 0.88), (0.88, 0.86), (0.7, 0.68), (0.3, 0.28)])
def test_a_loss_of_exactly_what_is_allowed_holds(before, now):
    """0.9 less 0.88 is 0.020000000000000018."""
    found = window(
        limits=limits(max_drop=0.02, floors={}),
        metrics={"roc_auc": interval(now, now - 0.001, now + 0.001)},
        reference=reference(before),
    )
    assert reason(found, "drop:roc_auc").passed is True


@pytest.mark.parametrize("best", [0.3, 0.1 + 0.2, 0.4 - 0.1])
def test_an_interval_that_reaches_its_floor_but_for_rounding_holds(best):
    found = window(
        limits=limits(floors={"roc_auc": 0.3, "log_loss": 0.3}),
        metrics={"roc_auc": interval(0.25, 0.2, best), "log_loss": interval(0.4, best, 0.5)},
    )
    assert reason(found, "floor:roc_auc").passed is True
    assert reason(found, "floor:log_loss").passed is True
