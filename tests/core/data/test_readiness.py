"""What is too little to train or to evaluate on is waited for, with a date; what time can't cure is
refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.dataset import build_dataset
from include.data.dataset_record import Coverage
from include.data.labelled_rows import LabelledRows
from include.data.labelled_window import Figures, Window, count_rows, is_enough, next_due
from include.data.readiness import wait_for_more
from include.data.readiness_text import to_lines
from include.data.splits import Holdout
from include.errors import DataError
from include.verdicts import Verdict
from tests.core.data.test_dataset import APRIL, JULY, JUNE, KNOWN, MAY, Source

pytestmark = pytest.mark.core


@pytest.fixture
def source(tmp_path):
    return Source(tmp_path, pa.int64())


@pytest.fixture
def config(make_config):
    """Half of the entities are held out, 50 test rows with 10 entities of either class are enough."""
    return make_config(
        window={"min_rows": 50, "partitions": 6},
        split={"test_share": 0.5},
        gate={"min_rows": 50, "min_positives": 10},
    )


@pytest.fixture
def build(source, config, tmp_path):
    def build(as_of, config=config, **options):
        return build_dataset(source.features, source.labels, config, as_of, tmp_path / "dataset", **options)

    return build


@pytest.fixture
def month(source):
    """Return a function that adds one month: its customers, the share that has a label, its positives."""

    def month(partition, customers, *, labelled=1.0, positive=0.3):
        ids = list(range(customers))
        source.add_features(partition, ids)
        known = ids[: round(customers * labelled)]
        if known:
            every = round(1 / positive) if positive else customers + 1
            targets = [int(one % every == 0) if positive else 0 for one in known]
            source.add_labels(KNOWN[partition], partition, known, targets)

    return month


def waits(outcome, rule: str) -> Verdict:
    assert isinstance(outcome, Verdict), outcome
    assert (outcome.kind, outcome.decision) == ("readiness", "wait")
    assert rule in [one.rule for one in outcome.reasons if one.passed is False]
    return outcome


def test_labels_that_have_come_so_far_are_not_learned_from(month, build, tmp_path):
    """13.8 % of the labels had come, two thirds of them positive; monitoring said "not mature" that day."""
    month(APRIL, 1_000, labelled=0.138, positive=0.5)
    verdict = waits(build("2005-05-31"), "labelled partitions")
    assert "138 of 1,000 labels are known (13.8%), at least 80% are needed" in verdict.summary
    assert "target.min_coverage at most 0.13" in verdict.counterfactuals[0]
    assert not (tmp_path / "dataset").exists()


def test_before_labels_are_due_the_date_is_named(month, build):
    month(APRIL, 1_000, labelled=0.9)
    verdict = waits(build("2005-05-30"), "labelled partitions")
    assert verdict.inputs["next_due"] == "2005-05-31"
    assert "The labels of the next partition are due on 2005-05-31" in verdict.summary


def test_an_immature_partition_is_left_out_and_said(month, build):
    month(APRIL, 400)
    month(MAY, 400)
    month(JUNE, 400, labelled=0.5)
    dataset = build(JULY)
    assert (dataset.train_partitions, dataset.test_partitions) == ((APRIL,), (MAY,))
    assert [bool(seen.left_out) for seen in dataset.coverage] == [False, False, True]
    assert "only 200 of 400 labels are known (50.0%)" in dataset.coverage[-1].left_out


def test_a_target_among_the_features_is_held_to_the_same_coverage(source, make_config, config, tmp_path):
    config = config.model_copy(update={"source": config.source.model_copy(update={"labels": None})})
    source.add_features(APRIL, list(range(400)), targets=[n % 2 for n in range(300)] + [None] * 100)
    verdict = waits(
        build_dataset(source.features, {}, config, MAY, tmp_path / "dataset"), "labelled partitions"
    )
    assert "only 300 of 400 labels are known (75.0%)" in verdict.summary


def test_the_test_set_takes_as_many_of_the_newest_partitions_as_it_needs(month, build):
    month(APRIL, 400)
    month(MAY, 90)
    month(JUNE, 26)
    dataset = build(JULY)
    assert (dataset.train_partitions, dataset.test_partitions) == ((APRIL,), (MAY, JUNE))
    assert dataset.split_kind == "group and time split"
    assert dataset.test.rows >= 50
    assert dataset.newest == JUNE


def test_one_partition_is_enough_where_it_holds_enough(month, build):
    for partition in (APRIL, MAY, JUNE):
        month(partition, 400)
    assert build(JULY).test_partitions == (JUNE,)


def test_a_small_newest_partition_makes_no_champion(month, build):
    """13 rows made a champion."""
    month(APRIL, 60)
    month(MAY, 26)
    verdict = waits(build(JUNE), "test rows")
    assert "held out in 2005-05-31" in verdict.summary


@pytest.mark.parametrize(("positive", "rule"), [(0.0, "training classes"), (0.01, "test classes")])
def test_one_class_so_far_is_waited_for(month, build, positive, rule):
    month(APRIL, 400, positive=positive)
    waits(build(MAY), rule)


def test_one_class_in_one_delivery_is_normal(month, build):
    month(APRIL, 400, positive=0.0)
    month(MAY, 400)
    month(JUNE, 400)
    dataset = build(JULY)
    assert dataset.train_partitions == (APRIL, MAY)
    assert 0 < dataset.train.positives < dataset.train.rows


def test_entities_are_counted_and_not_their_rows(month, build, config):
    """Eleven customers who are late in each of three months are eleven, not 33."""
    for partition in (APRIL, MAY, JUNE):
        month(partition, 60, positive=0.1)
    strict = config.model_copy(
        update={"gate": config.gate.model_copy(update={"min_rows": 20, "min_positives": 6})}
    )
    verdict = waits(build(JULY, strict), "test classes")
    assert verdict.inputs["test_partitions"] == [MAY, JUNE], "it grew as far as it may, and found no others"


def test_too_few_training_rows_are_waited_for_while_the_window_can_grow(month, build, config):
    month(APRIL, 400)
    strict = config.model_copy(update={"window": config.window.model_copy(update={"min_rows": 1_000})})
    verdict = waits(build(MAY, strict), "training rows")
    assert "at least 1,000 (window.min_rows)" in verdict.to_text()
    full = config.model_copy(
        update={"window": config.window.model_copy(update={"min_rows": 1_000, "partitions": 1})}
    )
    with pytest.raises(DataError, match=r"the window of 1 labelled partitions is full.*training rows: found"):
        build(MAY, full)


def test_a_window_that_is_full_says_that_time_alone_cures_nothing(month, build, config):
    month(APRIL, 400)
    month(MAY, 26)
    month(JUNE, 26)
    narrow = config.model_copy(
        update={"window": config.window.model_copy(update={"min_rows": 5, "partitions": 2})}
    )
    verdict = waits(build(JULY, narrow), "test rows")
    assert any("with 2 the window is full" in sentence for sentence in verdict.counterfactuals)


@pytest.mark.parametrize("changed", [{"min_rows": 10_000}, {"min_positives": 1_000}])
def test_a_test_set_that_reaches_too_far_back_is_not_blamed_on_training(month, build, config, changed):
    """It takes all but one delivery and still is not enough; that one need not be enough to train on."""
    for partition in (APRIL, MAY, JUNE):
        month(partition, 200)
    demanding = config.model_copy(
        update={
            "window": config.window.model_copy(update={"min_rows": 150, "partitions": 3}),
            "gate": config.gate.model_copy(update=changed),
        }
    )
    verdict = waits(build(JULY, demanding), f"test {'rows' if 'min_rows' in changed else 'classes'}")
    assert "training" not in verdict.summary
    assert any("with 3 the window is full" in sentence for sentence in verdict.counterfactuals)


def test_training_that_is_left_too_little_by_the_test_set_says_for_what(month, build, config):
    for partition in (APRIL, MAY, JUNE):
        month(partition, 200)
    torn = config.model_copy(
        update={
            "window": config.window.model_copy(update={"min_rows": 150, "partitions": 3}),
            "gate": config.gate.model_copy(update={"min_rows": 150}),
        }
    )
    with pytest.raises(
        DataError, match=r"lower gate.min_rows or gate.min_positives .*tests 2 of 3 partitions"
    ):
        build(JULY, torn)


def test_the_next_date_is_that_of_the_next_partition_not_of_the_oldest(month, build, source):
    month(APRIL, 26)
    source.add_features(MAY, list(range(26)))
    source.add_features(JUNE, list(range(26)))
    assert build("2005-06-30").inputs["next_due"] == "2005-07-01"


def test_a_verdict_is_plain_json(month, build):
    import json

    month(APRIL, 26)
    json.dumps(build(MAY).to_dict(), allow_nan=False)


class TestTheChampionsHoldout:
    """The candidate's test set holds nobody whom the champion was trained on."""

    OTHER = Holdout(seed=77, share=0.5)

    def test_both_held_them_out(self, month, build, config, tmp_path):
        month(APRIL, 400)
        dataset = build(MAY, champion_holdout=self.OTHER)
        tested = pq.read_table(tmp_path / "dataset" / "test.parquet")["customer_id"].combine_chunks()
        trained = pq.read_table(tmp_path / "dataset" / "train.parquet")["customer_id"].combine_chunks()
        assert self.OTHER.select(tested).all()
        assert not self.OTHER.select(trained).any()
        assert not Holdout.of(config).select(trained).any()
        assert dataset.holdout == Holdout.of(config, self.OTHER)
        assert dataset.champion_holdout == self.OTHER
        assert 170 < dataset.test.rows < 230, "the champion's half, whole"
        assert 60 < dataset.train.rows < 140, "a half of the other half"

    def test_the_same_holdout_changes_nothing(self, month, build, config):
        month(APRIL, 400)
        config = config.model_copy(update={"split": config.split.model_copy(update={"rotation": 0.0})})
        alone = build(MAY, config)
        beside = build(MAY, config, champion_holdout=Holdout.of(config))
        assert alone == beside
        assert beside.champion_holdout is None

    def test_too_few_of_them_is_reported_with_the_remedy(self, month, build):
        month(APRIL, 150)
        assert not isinstance(build(MAY), Verdict)
        few = Holdout(seed=77, share=0.2)
        verdict = waits(build(MAY, champion_holdout=few), "test rows")
        assert "that the champion was not trained on either (split.seed 77, split.test_share 0.2)" in (
            verdict.summary
        )
        assert any("split.seed 77" in sentence for sentence in verdict.counterfactuals)
        assert not any("a larger split.test_share" in sentence for sentence in verdict.counterfactuals)

    def test_too_few_others_to_train_on_are_reported_with_the_remedy(self, month, build):
        month(APRIL, 150)
        verdict = waits(build(MAY, champion_holdout=self.OTHER), "training rows")
        assert "the split that the champion was trained by" in verdict.counterfactuals[0]


class TestEmptyColumns:
    """A delivery may lack a column; the window may not."""

    def lose(self, source, partition, column):
        path = source.features[partition]
        table = pq.read_table(path)
        place = table.column_names.index(column)
        gone = pa.nulls(len(table), table[column].type)
        pq.write_table(table.set_column(place, column, gone), path)

    def test_one_delivery_without_it_is_trained_on(self, month, build, source):
        for partition in (APRIL, MAY, JUNE):
            month(partition, 400)
        self.lose(source, MAY, "age")
        self.lose(source, JUNE, "age")
        assert build(JULY).train_partitions == (APRIL, MAY)

    @pytest.mark.parametrize("column", ["age", "sex"])
    def test_a_window_without_it_is_refused_by_name(self, month, build, source, column):
        for partition in (APRIL, MAY):
            month(partition, 400)
            self.lose(source, partition, column)
        with pytest.raises(
            DataError, match=f"{column} without a single value in all of 2005-04-30, 2005-05-31.*remove it"
        ):
            build(JUNE)

    def test_training_without_it_waits_for_a_partition_that_has_it(self, month, build, source):
        month(APRIL, 400)
        month(MAY, 400)
        self.lose(source, APRIL, "age")
        verdict = waits(build(JUNE), "training columns")
        assert "no value of age in 2005-04-30" in verdict.summary


def test_rows_and_entities_of_both_classes_are_counted(config):
    """Customer 2 is late in one month and not in the other."""

    def part(partition, entities, targets):
        return LabelledRows(
            partition=partition,
            rows=np.arange(len(targets)),
            targets=np.array(targets, dtype=np.int8),
            held_out=np.ones(len(targets), dtype=bool),
            entities=pa.array(entities),
            keys=pa.array(entities),
        )

    found = count_rows([part(APRIL, [1, 2, 3, 4], [1, 1, 0, 0]), part(MAY, [1, 2, 3], [1, 0, 0])], config)
    assert found == Figures(rows=7, classes=(4, 3), entities=(3, 2))
    assert count_rows([], config) == Figures(rows=0, classes=(0, 0), entities=(0, 0))


class TestLimits:
    """At its limit a window is enough, and one below it is not."""

    ENOUGH = Figures(rows=50, classes=(20, 30), entities=(10, 10))

    @pytest.fixture
    def window(self):
        """Return a function that builds a window: of two partitions that are just enough by default."""

        def window(**changed) -> Window:
            seen = [
                Coverage(partition=one, rows=100, labelled=90, labels_without_features=0)
                for one in (APRIL, MAY)
            ]
            whole = {
                "as_of": JULY, "train": (APRIL,), "test": (MAY,),
                "trained": self.ENOUGH, "tested": self.ENOUGH,
                "coverage": tuple(seen), "full": False,
            }  # fmt: skip
            return Window(**{**whole, **changed})

        return window

    def late(
        self, partition=JUNE, labelled=10, reason="its labels were due on 2005-07-31, 2 days ago"
    ) -> Coverage:
        return Coverage(
            partition=partition, rows=100, labelled=labelled, labels_without_features=0, left_out=reason
        )

    def failed(self, window, config):
        verdict = wait_for_more(window, config)
        return [] if verdict is None else [one.rule for one in verdict.reasons if one.passed is False]

    def test_what_is_just_enough_does_not_wait(self, window, config):
        assert wait_for_more(window(), config) is None

    @pytest.mark.parametrize(
        ("part", "changed", "rule"),
        [
            ("trained", {"rows": 49}, "training rows"),
            ("trained", {"entities": (10, 0)}, "training classes"),
            ("trained", {"entities": (0, 10)}, "training classes"),
            ("tested", {"rows": 49}, "test rows"),
            ("tested", {"entities": (10, 9)}, "test classes"),
            ("tested", {"entities": (9, 10)}, "test classes"),
        ],
    )
    def test_one_less_waits(self, window, config, part, changed, rule):
        assert self.failed(window(**{part: replace(self.ENOUGH, **changed)}), config) == [rule]

    def test_one_of_each_class_is_enough_to_train_on(self, window, config):
        few = replace(self.ENOUGH, entities=(1, 1))
        assert wait_for_more(window(trained=few), config) is None

    @pytest.mark.parametrize(
        ("changed", "enough"),
        [
            ({}, True),
            ({"rows": 49}, False),
            ({"entities": (10, 9)}, False),
            ({"entities": (9, 10)}, False),
            ({"classes": (50, 0)}, True),  # it is entities that count
        ],
    )
    def test_a_test_set_is_enough_at_its_limits(self, config, changed, enough):
        assert is_enough(replace(self.ENOUGH, **changed), config) is enough

    def test_the_next_labels_are_the_earliest_that_are_not_due_yet(self, window, config):
        wait = [self.late(one, 0, f"its labels are due on {one}") for one in (JULY, "2005-06-29", JUNE)]
        asked = window(coverage=tuple(wait), as_of="2005-07-30")
        assert next_due(asked, config) == "2005-07-31", "31 days after June; those of the 29th are due today"
        assert next_due(window(), config) is None

    def test_what_was_due_and_has_not_come_has_no_date(self, window, config):
        short = replace(self.ENOUGH, rows=1)
        verdict = wait_for_more(
            window(tested=short, coverage=(*window().coverage, self.late()), as_of="2005-08-02"), config
        )
        assert "No date can be named" in verdict.summary
        none = wait_for_more(window(tested=short), config)
        assert "labels of the next delivery of features are due" in none.summary

    def test_a_full_window_may_be_short_of_test_rows_but_not_of_training_rows(self, window, config):
        short = replace(self.ENOUGH, rows=1)
        verdict = wait_for_more(window(tested=short, full=True), config)
        assert any("the window is full" in sentence for sentence in verdict.counterfactuals)
        assert not any("more labelled partitions, up to" in sentence for sentence in verdict.counterfactuals)
        growing = wait_for_more(window(trained=short), config)
        assert growing.counterfactuals == ("more labelled partitions, up to window.partitions",)
        with pytest.raises(DataError, match="lower the key in model"):
            wait_for_more(window(trained=short, full=True), config)

    @pytest.mark.parametrize(
        ("train", "test", "key"),
        [
            ((APRIL,), (MAY,), "lower the key in model.yaml"),
            ((APRIL, MAY), (MAY,), "lower the key in model.yaml"),
            ((APRIL, MAY), (APRIL, MAY), "lower the key in model.yaml"),  # a group split takes no time away
            ((APRIL,), (MAY, JUNE), r"a run tests 2 of 3 partitions"),
        ],
    )
    def test_what_the_test_set_takes_away_is_named(self, window, config, train, test, key):
        short = replace(self.ENOUGH, rows=1)
        with pytest.raises(DataError, match=key):
            wait_for_more(window(trained=short, full=True, train=train, test=test), config)

    def test_late_labels_name_the_coverage_that_was_reached(self, window, config):
        late = (
            self.late(MAY, 30),
            self.late(JUNE, 20),
            self.late(JULY, 0, "its labels are due on 2005-08-31"),
        )
        verdict = wait_for_more(window(coverage=late, as_of="2005-08-02"), config)
        assert self.failed(window(coverage=late, as_of="2005-08-02"), config) == ["labelled partitions"]
        assert verdict.reasons[0].found.startswith(f"none of 3; {JUNE}: its labels were due")
        assert verdict.counterfactuals[0].startswith(f"the labels of {MAY}, {JUNE}: ask their source")
        assert "target.min_coverage at most 0.30" in verdict.counterfactuals[0]

    def test_labels_that_are_not_due_are_named_by_the_oldest(self, window, config):
        early = tuple(self.late(one, 0, f"its labels are due after {one}") for one in (MAY, JUNE))
        assert (
            wait_for_more(window(coverage=early), config).reasons[0].found.startswith(f"none of 2; {MAY}: ")
        )

    def test_a_verdict_keeps_the_coverage_of_each_partition(self, window, config):
        third = Coverage(partition=APRIL, rows=3, labelled=1, labels_without_features=0)
        short = replace(self.ENOUGH, rows=1)
        verdict = wait_for_more(window(coverage=(third,), tested=short), config)
        assert verdict.inputs["coverage"] == {APRIL: 0.333333}

    def test_a_line_for_each_partition_says_why_it_is_left_out(self, window):
        lines = to_lines((*window().coverage, self.late())).splitlines()
        assert lines[0] == f"  {APRIL}: 90 of 100 rows labelled (90.0%)"
        assert lines[2] == (
            f"  {JUNE}: 10 of 100 rows labelled (10.0%); left out: its labels were due on "
            "2005-07-31, 2 days ago"
        )
