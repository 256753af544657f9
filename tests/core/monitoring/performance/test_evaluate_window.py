from __future__ import annotations

import json
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.labels.delivered import DeliveredLabels
from include.data.splits import Holdout, select_holdout
from include.errors import DataError
from include.evaluation.confidence_interval import ConfidenceInterval
from include.evaluation.metrics import measure
from include.monitoring.performance.evaluate_window import (
    EvaluatedVersion,
    evaluate_window,
)
from include.monitoring.performance.record import Reference, WindowPerformance
from include.monitoring.performance.rules import find_status
from include.monitoring.performance.verdict import explain, to_plain, to_table

pytestmark = pytest.mark.core

WINDOW, DUE = "2005-04-30", "2005-05-31"
WIDE = {"log_loss": 9.0, "brier": 1.0}  # floors that hold whatever the scores


def reference(value: float) -> Reference:
    interval = ConfidenceInterval(value=value, low=value - 0.02, high=value + 0.02)
    return Reference(metric="roc_auc", interval=interval, rows=10_000, source="models/m/evaluations/r1")


CHAMPION = EvaluatedVersion(version="3", reference=reference(0.9), holdout=Holdout(seed=1, share=0.25))


@pytest.fixture(scope="session")
def config(make_config):
    return make_config(gate={"floors": {**WIDE, "roc_auc": 0.6}})


def draw(rows: int, skill: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and scores; the larger the skill, the better the scores."""
    rng = np.random.default_rng(seed)
    target = (rng.random(rows) < 0.3).astype(np.int8)
    scores = 1 / (1 + np.exp(-(skill * (target - 0.3) + rng.normal(size=rows))))
    return target, scores


@pytest.fixture
def world(tmp_path, config):
    """Return a function that writes predictions and label deliveries, and evaluates the window."""

    def write(name, entities, moment=WINDOW, **columns) -> object:
        times = pa.array([date.fromisoformat(moment)] * len(entities), pa.date32())
        table = {"customer_id": pa.array(entities, pa.int64()), "as_of": times, **columns}
        pq.write_table(pa.table(table), tmp_path / f"{name}.parquet")
        return tmp_path / f"{name}.parquet"

    def evaluate(
        target, scores, *, as_of="2005-06-30", version=CHAMPION, config=config, deliveries=None, ids=None,
        **options,
    ):  # fmt: skip
        ids = list(range(len(scores))) if ids is None else ids
        predictions = write("predictions", ids, score=pa.array(scores, pa.float64()))
        if deliveries is None:
            deliveries = {DUE: (list(range(len(target))), target)}
        files = {
            day: write(f"labels-{day}", entities, defaulted=pa.array(values, pa.int8()))
            for day, (entities, values) in deliveries.items()
        }
        labels = DeliveredLabels(files, config, as_of).of(WINDOW)
        return evaluate_window(WINDOW, predictions, labels, config, version=version, as_of=as_of, **options)

    return evaluate


def reason(window: WindowPerformance, rule: str):
    return next(one for one in explain(window).reasons if one.rule == rule)


def test_a_champion_that_holds_is_good(world):
    target, scores = draw(2_000, 3.0)
    window = world(target, scores, version=EvaluatedVersion(version="3", reference=reference(0.97)))
    assert find_status(window) == "good"
    assert (window.rows, window.labelled, window.evaluated, window.coverage) == (2_000, 2_000, 2_000, 1.0)
    assert window.positives == target.sum()
    for name in ("roc_auc", "log_loss", "brier", "accuracy", "average_precision", "calibration_error"):
        assert window.metrics[name].value == pytest.approx(measure(name, target, scores))
    assert window.metrics["roc_auc"].low < window.metrics["roc_auc"].value < window.metrics["roc_auc"].high
    assert explain(window).summary.startswith("version 3 holds on 2,000 labelled rows: roc_auc 0.98")


def test_rows_are_joined_by_entity_whatever_their_order(world):
    target, scores = draw(500, 2.0)
    order = np.random.default_rng(3).permutation(500)
    window = world(target, scores[order], ids=order.tolist())
    assert window.metrics["roc_auc"].value == pytest.approx(measure("roc_auc", target, scores))


def test_a_champion_that_lost_much_and_surely_is_worse(world):
    window = world(*draw(2_000, 1.0))
    assert find_status(window) == "worse"
    verdict = explain(window)
    assert (verdict.kind, verdict.decision) == ("performance", "worse")
    assert verdict.subject == "credit_risk version 3 on 2005-04-30, as of 2005-06-30"
    drop = reason(window, "drop:roc_auc")
    assert drop.passed is False
    assert "worse than the 0.9000 of its evaluation, which is more than chance" in drop.found
    assert "drop:roc_auc" in verdict.summary


def test_a_large_drop_that_may_be_luck_is_not_worse(world, make_config):
    config = make_config(
        gate={"floors": {**WIDE, "roc_auc": 0.5}},
        monitoring={"performance": {"max_drop": 0.001, "min_rows": 100}},
    )
    target, scores = draw(150, 1.5)
    found = measure("roc_auc", target, scores)
    window = world(
        target,
        scores,
        config=config,
        version=EvaluatedVersion(version="3", reference=reference(found + 0.02)),
    )
    assert find_status(window) == "good"
    assert "0.0200 worse" in reason(window, "drop:roc_auc").found
    assert "may be chance" in reason(window, "drop:roc_auc").found


def test_a_sure_drop_that_does_not_matter_is_not_worse(world, make_config):
    config = make_config(
        gate={"floors": {**WIDE, "roc_auc": 0.5}},
        monitoring={"performance": {"max_drop": 0.2}},
    )
    window = world(
        *draw(4_000, 1.5), config=config, version=EvaluatedVersion(version="3", reference=reference(0.9))
    )
    assert window.metrics["roc_auc"].high < 0.9
    assert find_status(window) == "good"
    assert explain(window).counterfactuals == ("roc_auc below 0.7000, and a difference beyond chance",)


def test_a_floor_missed_with_the_whole_interval_is_worse_even_without_a_reference(world):
    window = world(*draw(2_000, 0.0), version=EvaluatedVersion(version="3"))
    assert find_status(window) == "worse"
    assert reason(window, "drop:roc_auc").passed is None
    assert reason(window, "floor:roc_auc").passed is False
    assert "no evaluation of version 3 is known" in reason(window, "drop:roc_auc").found


def test_a_floor_within_the_interval_is_given_the_benefit_of_the_doubt(world, make_config):
    target, scores = draw(400, 0.8)
    value = measure("roc_auc", target, scores)
    config = make_config(gate={"floors": {**WIDE, "roc_auc": value + 0.01}})
    window = world(target, scores, config=config, version=EvaluatedVersion(version="3"))
    assert find_status(window) == "good"


@pytest.mark.parametrize(("evaluated", "status"), [(0.2, "worse"), (0.9, "good")])
def test_where_lower_is_better_a_drop_is_a_rise(world, make_config, evaluated, status):
    config = make_config(gate={"primary": "log_loss", "floors": {**WIDE, "roc_auc": 0.1}})
    window = world(
        *draw(2_000, 1.0),
        config=config,
        version=EvaluatedVersion(version="3", reference=reference(evaluated)),
    )
    assert find_status(window) == status


def test_before_labels_are_due_a_part_of_them_says_nothing(world):
    target, scores = draw(1_000, 3.0)
    early = {"2005-05-20": (list(range(900)), target[:900])}
    window = world(target, scores, as_of="2005-05-20", deliveries=early)
    assert find_status(window) == "not mature"
    assert window.metrics == {}
    assert explain(window).summary == (
        "labels are due on 2005-05-31: 900 of 1,000 labels are known (90.0%) on 2005-05-20"
    )


def test_complete_labels_count_before_they_are_due(world):
    target, scores = draw(1_000, 3.0)
    window = world(
        target, scores, as_of="2005-05-30", deliveries={"2005-05-30": (list(range(1_000)), target)}
    )
    assert find_status(window) == "good"


def test_labels_delivered_after_the_day_in_question_are_not_looked_at(world):
    target, scores = draw(1_000, 3.0)
    window = world(target, scores, as_of="2005-05-30")
    assert (find_status(window), window.labelled) == ("not mature", 0)
    corrected = {DUE: (list(range(1_000)), target), "2005-06-30": (list(range(1_000)), 1 - target)}
    before = world(target, scores, as_of="2005-06-29", deliveries=corrected)
    after = world(target, scores, as_of="2005-06-30", deliveries=corrected)
    assert find_status(before) == "good"
    assert find_status(after) == "worse"
    assert after.labels.corrected == 1_000


def test_labels_that_never_come_are_asked_about(world):
    target, scores = draw(1_000, 3.0)
    window = world(target, scores, deliveries={})
    assert find_status(window) == "not mature"
    assert explain(window).summary == (
        "labels were due on 2005-05-31, 30 days ago, but only 0 of 1,000 labels are known (0.0%): ask their "
        "source"
    )


def test_low_coverage_after_the_due_day_is_not_evaluated(world):
    target, scores = draw(1_000, 3.0)
    window = world(target, scores, deliveries={DUE: (list(range(799)), target[:799])})
    assert find_status(window) == "not mature"
    assert "only 799 of 1,000 labels are known (79.9%)" in explain(window).summary
    enough = world(target, scores, deliveries={DUE: (list(range(800)), target[:800])})
    assert find_status(enough) == "good"
    assert enough.coverage == 0.8


def test_fifty_rows_are_too_few(world):
    window = world(*draw(50, 3.0))
    assert find_status(window) == "too few rows"
    assert "50 evaluated" in explain(window).summary
    assert "roc_auc" in window.metrics, "shown all the same"


@pytest.mark.parametrize("only", [0, 1])
def test_one_class_is_too_few(world, only):
    _, scores = draw(1_000, 3.0)
    window = world(np.full(1_000, only, dtype=np.int8), scores)
    assert find_status(window) == "too few rows"
    assert json.dumps(window.to_dict(), allow_nan=False)


def test_no_predictions_is_said_with_the_remedy(config):
    window = evaluate_window(WINDOW, None, None, config, version=CHAMPION, as_of="2005-06-30")
    assert find_status(window) == "no predictions"
    assert explain(window).counterfactuals == ("predictions: run credit_risk_scoring as of 2005-04-30",)


def test_labels_twice_corrected_and_of_unknown_customers_are_counted(world):
    target, scores = draw(1_000, 3.0)
    ids = list(range(1_000))
    deliveries = {
        DUE: ([*ids, 0, 1, 2, 5_000, 5_001], [*target, *target[:3], 1, 0]),
        "2005-06-15": ([7, 8], [target[7], 1 - target[8]]),
    }
    window = world(target, scores, deliveries=deliveries)
    assert find_status(window) == "good"
    assert (window.labels.repeated, window.labels.corrected, window.labels.unknown) == (4, 1, 2)
    assert window.labels.known_on == "2005-06-15"
    assert window.labelled == 1_000
    found = reason(window, "coverage").found
    assert (
        "4 delivered twice, 1 corrected by a later delivery, 2 about entities that were not scored" in found
    )


def test_labels_in_conflict_are_refused_with_their_customers(world):
    target, scores = draw(1_000, 3.0)
    deliveries = {DUE: ([*range(1_000), 7], [*target, 1 - target[7]])}
    with pytest.raises(DataError, match=r"1 rows have two different values in this delivery \(such as 7\)"):
        world(target, scores, deliveries=deliveries)


def test_predictions_that_repeat_a_customer_are_refused(world):
    target, scores = draw(3, 3.0)
    with pytest.raises(
        DataError, match="predictions of 2005-04-30: 1 values of customer_id occur more than once"
    ):
        world(target, scores, ids=[0, 1, 1])


def test_what_a_version_was_trained_on_is_evaluated_on_what_its_own_training_held_out(world, config):
    """Whatever split.seed and split.test_share say today."""
    target, scores = draw(3_000, 2.0)
    held = select_holdout(pa.array(range(3_000)), seed=config.split.seed + 1, share=0.25)
    learned = EvaluatedVersion(
        version="3",
        newest_labels=WINDOW,
        reference=reference(0.9),
        holdout=Holdout(seed=config.split.seed + 1, share=0.25),
    )
    window = world(target, scores, version=learned)
    assert (window.labelled, window.evaluated) == (3_000, held.sum())
    assert window.metrics["roc_auc"].value == pytest.approx(measure("roc_auc", target[held], scores[held]))
    assert "held out only" in reason(window, "rows").found
    assert not world(
        target, scores, version=EvaluatedVersion(version="3", newest_labels="2005-04-29")
    ).learned


def test_a_version_of_which_nobody_knows_whom_it_was_trained_on_is_not_evaluated_on_its_own_window(world):
    learned = EvaluatedVersion(version="3", newest_labels=WINDOW, reference=reference(0.9))
    window = world(*draw(3_000, 2.0), version=learned)
    assert (find_status(window), window.evaluated) == ("too few rows", 0)
    assert "mlops.split_seed and mlops.split_test_share" in reason(window, "rows").found


def test_predictions_of_a_restated_delivery_say_so(world):
    window = world(*draw(500, 3.0), restated=True)
    assert (
        "an older version of this delivery, which was restated since" in reason(window, "predictions").found
    )


def test_constant_scores_are_half_right(world):
    target, _ = draw(1_000, 3.0)
    window = world(target, np.full(1_000, 0.25))
    assert window.metrics["roc_auc"].value == 0.5
    assert find_status(window) == "worse"


def test_a_record_travels_as_json(world, config):
    for window in (
        world(*draw(1_000, 1.0), restated=True),
        world(*draw(40, 3.0), version=EvaluatedVersion(version="3")),
        world(np.zeros(500, dtype=np.int8), draw(500, 1.0)[1]),
        evaluate_window(WINDOW, None, None, config, version=CHAMPION, as_of="2005-06-30"),
    ):
        plain = json.loads(json.dumps(to_plain(window), allow_nan=False))
        again = WindowPerformance.from_dict(plain)
        assert find_status(again) == find_status(window) == plain["status"]
        assert again.to_dict() == window.to_dict()
        assert explain(again).to_dict() == explain(window).to_dict()


def test_metrics_are_flat_and_named(world):
    metrics = world(
        *draw(1_000, 1.0), deliveries={DUE: ([*range(900)], draw(1_000, 1.0)[0][:900])}
    ).to_metrics()
    assert (
        metrics["production_roc_auc_low"] < metrics["production_roc_auc"] < metrics["production_roc_auc_high"]
    )
    assert {"production_brier", "production_log_loss", "production_average_precision"} <= set(metrics)
    assert (metrics["production_rows"], metrics["production_labelled_rows"]) == (1_000, 900)
    assert metrics["production_coverage"] == 0.9
    assert "production_roc_auc" not in world(*draw(1_000, 1.0), deliveries={}).to_metrics()


def test_the_same_input_gives_the_same_figures(world):
    assert world(*draw(500, 1.0)) == world(*draw(500, 1.0))


def test_the_table_has_a_line_for_each_window(world, config):
    nothing = evaluate_window(WINDOW, None, None, config, version=CHAMPION, as_of="2005-06-30")
    early = world(*draw(400, 3.0), as_of="2005-05-01")
    head, first, second, third = to_table([world(*draw(2_000, 1.0)), early, nothing]).splitlines()
    assert head.split() == ["window", "version", "predictions", "labelled", "roc_auc", "evaluation", "status"]
    assert first.split()[:4] == ["2005-04-30", "3", "2,000", "100.0%"]
    assert first.endswith("0.9000      worse")
    assert second.endswith("not mature, due 2005-05-31")
    assert third.endswith("no predictions")
    assert to_table([]) == "no window to evaluate"


@pytest.mark.parametrize(("positives", "status"), [(9, "too few rows"), (10, "worse")])
def test_fewer_than_ten_positives_never_make_a_champion_worse(world, positives, status):
    """All of them are scored as low as can be; nine may still be nine bad days."""
    target = (np.arange(1_000) < positives).astype(np.int8)
    window = world(target, np.where(target == 1, 0.01, np.linspace(0.1, 0.9, 1_000)))
    assert find_status(window) == status
    assert window.metrics["roc_auc"].value == 0
    if positives == 9:
        assert "0.0000 (inconclusive)" in to_table([window])
        assert reason(window, "rows").found == (
            "1,000 evaluated, 9 positive; inconclusive: only 9 entities with a positive label, 10 needed"
        )
        assert WindowPerformance.from_dict(json.loads(json.dumps(to_plain(window)))) == window
