"""A group that lost is distinguished from luck, and from a group of which too little is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.labelled_rows import LabelledRows
from include.evaluation.influence import measure_influence
from include.monitoring.performance.record import Limits, WindowPerformance
from include.monitoring.performance.rules import find_status
from include.monitoring.performance.slice_performance import find_slices, measure_groups
from include.monitoring.performance.slice_source import Evaluated, GroupSource
from include.monitoring.performance.slice_verdict import group_cells, to_group_table, warn_of_groups
from include.monitoring.performance.verdict import explain
from include.monitoring.slices.groups import MOST_GROUPS
from tests.world.model_config import make_config

pytestmark = pytest.mark.core

WHOLE = make_config(
    sensitive={"age": {"bands": [40]}},
    gate={"slices": {"min_rows": 300, "max_drop": 0.02}},
    monitoring={"slices": {"education": {}}},
)
CONFIG = WHOLE.model_copy(update={"sensitive": {name: WHOLE.sensitive[name] for name in ("sex", "age")}})
LIMITS = Limits(primary="roc_auc", max_drop=0.03, confidence=0.95, min_rows=300, min_coverage=0.8, floors={})
WINDOW = WindowPerformance(
    model="credit_risk", partition="2005-05-31", version="3", as_of="2005-06-30", due="2005-06-30",
    limits=LIMITS,
)  # fmt: skip


def draw(rows, seed, *, harmed=None, skill=2.0, groups=("1", "2")):
    """Return columns, labels and scores; the scores of one value of ``sex`` may know nothing."""
    rng = np.random.default_rng(seed)
    target = (rng.random(rows) < 0.3).astype(np.int8)
    sex = rng.choice(groups, rows)
    scores = 1 / (1 + np.exp(-(skill * (target - 0.3) * (sex != harmed) + rng.normal(size=rows))))
    table = pa.table({
        "sex": pa.array(sex.tolist()),
        "age": pa.array(rng.uniform(20, 70, rows)),
        "education": pa.array(rng.choice(["1", "2", "3"], rows, p=[0.6, 0.39, 0.01]).tolist()),
    })
    return table, target, scores


def figures(*drawn):
    return {(one.column, one.group): one for one in measure_groups(*drawn, CONFIG)[0]}


def compare(now, before):
    return find_slices(measure_groups(*now, CONFIG), before and figures(*before), CONFIG)


def test_a_group_that_lost_for_sure_is_found_and_stands_first():
    found = compare(draw(6_000, 1, harmed="2"), draw(6_000, 2))
    assert found.groups[0].name == "sex=2"
    assert [one.name for one in found.lost][:1] == ["sex=2"]
    assert "sex=1" not in [one.name for one in found.lost]
    assert found.groups[0].loss.low > 0.02


def test_the_figures_are_the_metric_on_the_rows_of_the_group():
    table, target, scores = draw(3_000, 3)
    own = np.array(table["sex"].to_pylist()) == "2"
    found = figures(table, target, scores)["sex", "2"]
    influence = measure_influence("roc_auc", target[own], scores[own])
    assert found.value == pytest.approx(influence.value)
    assert found.error == pytest.approx(influence.rows.std() / np.sqrt(own.sum()), rel=1e-3)
    assert (found.rows, found.positives) == (own.sum(), target[own].sum())


def test_rows_of_one_entity_count_as_one_observation():
    table, target, scores = draw(2_000, 4)
    tenfold = [pa.concat_tables([table] * 10), np.tile(target, 10), np.tile(scores, 10)]
    entities = np.tile(np.arange(2_000), 10)
    once, again = (
        {one.name: one.error for one in measure_groups(*drawn, CONFIG, entities=numbers)[0]}
        for drawn, numbers in (((table, target, scores), None), (tenfold, entities))
    )
    assert again["sex=1"] == pytest.approx(once["sex=1"], rel=5e-3)


def test_too_few_rows_or_positives_are_too_few_to_tell():
    found = {one.name: one for one in compare(draw(5_000, 5), draw(5_000, 6)).groups}
    assert found["education=3"].loss is None
    assert "too few rows" in found["education=3"].note
    assert "gate.slices.min_rows" in found["education=3"].note
    table, target, scores = draw(3_000, 7)
    rare = np.zeros_like(target)
    rare[:9] = 1
    assert "10 of either needed" in figures(table, rare, scores)["sex", "1"].note


@pytest.mark.parametrize("harmed", [None, "1"])
def test_nothing_is_claimed_of_a_group_that_was_not_evaluated_before(harmed):
    unknown = compare(draw(4_000, 8, harmed=harmed), None)
    assert not unknown.lost
    assert all("not known before" in one.note for one in unknown.groups if one.value is not None)
    new = compare(draw(4_000, 8, groups=("1", "3")), draw(4_000, 9))
    assert "no test row was of this group" in next(one.note for one in new.groups if one.name == "sex=3")


def test_false_alarms_are_rare_over_all_groups_and_days():
    """One in a hundred deliveries, even if each group has lost exactly what it may; without a loss none."""
    before = figures(*draw(4_000, 1_000))
    alarms = sum(
        bool(find_slices(measure_groups(*draw(4_000, seed), CONFIG), before, CONFIG).lost)
        for seed in range(300)
    )
    assert alarms == 0
    config = CONFIG.model_copy(
        update={
            "gate": CONFIG.gate.model_copy(
                update={"slices": CONFIG.gate.slices.model_copy(update={"max_drop": 0.0})}
            )
        }
    )
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(300):  # losses of exactly max_drop, 0: both sides are new each time
        one, other = (draw(1_500, int(seed)) for seed in rng.integers(0, 2**31, 2))
        found = find_slices(measure_groups(*one, config), figures(*other), config)
        alarms += bool(found.lost)
    assert alarms <= 9, "1 % of 300 are 3; more than 9 come by chance in one of 900 runs"


def test_a_column_of_very_many_categories_is_bounded():
    table, target, scores = draw(9_000, 10)
    many = [str(one) for one in np.random.default_rng(0).integers(0, 500, 9_000)]
    table = table.set_column(table.column_names.index("education"), "education", pa.array(many))
    found, left_out = measure_groups(table, target, scores, CONFIG)
    assert len([one for one in found if one.column == "education"]) == MOST_GROUPS
    assert left_out == 500 - MOST_GROUPS


def test_a_loss_is_a_warning_in_the_verdict_and_decides_nothing():
    slices = compare(draw(6_000, 1, harmed="2"), draw(6_000, 2))
    window = replace(WINDOW, slices=slices)
    assert find_status(window) == find_status(WINDOW)
    reasons = {one.rule: one for one in explain(window).reasons}
    assert reasons["WARNING group:sex=2"].passed is None
    warning = warn_of_groups(window)
    assert warning is not None
    assert warning.inputs["cause"].startswith("version 3: sex=2")
    assert "nothing is retrained for this alone" in warning.summary
    assert group_cells(window)[0][0] == "sex=2"
    assert group_cells(window)[0][-1] == "lost"
    assert "sex=2" in to_group_table(window)
    assert to_group_table(WINDOW) == "no groups (sensitive, monitoring.slices)"
    assert warn_of_groups(WINDOW) is None
    lost = slices.groups[0]
    assert reasons["WARNING group:sex=2"].found == (
        f"roc_auc {lost.value:.4f} on {lost.rows:,} rows, {lost.before:.4f} in its evaluation: lost "
        f"{lost.loss.value:.4f} [{lost.loss.low:.4f}, {lost.loss.high:.4f}]"
    )
    assert "and 7 smaller groups" in to_group_table(replace(window, slices=replace(slices, left_out=7)))
    note = replace(slices, groups=(), note="not known: why")
    assert to_group_table(replace(WINDOW, slices=note)) == "not known: why"
    quiet = replace(WINDOW, slices=compare(draw(6_000, 3), draw(6_000, 4)))
    assert warn_of_groups(quiet) is None
    assert "groups compared, none of them" in next(
        one.found for one in explain(quiet).reasons if one.rule == "groups"
    )
    assert WindowPerformance.from_dict(window.to_dict()) == window


class Memory(dict):
    recall, keep = dict.get, dict.__setitem__


@pytest.fixture
def source(tmp_path):
    """Return a function that gives the groups of a delivery, and counts how often its features are read."""
    reads = []
    now, before = draw(4_000, 11, harmed="2"), draw(4_000, 12)
    for name, (table, target, _) in (("now", now), ("test", before)):
        keyed = table.append_column("customer_id", pa.array(np.arange(len(table))))
        pq.write_table(keyed.append_column("defaulted", pa.array(target)), tmp_path / f"{name}.parquet")

    def features():
        reads.append(1)
        return tmp_path / "now.parquet"

    rows = LabelledRows(
        partition="2005-05-31", rows=np.arange(1_000, 4_000), targets=now[1][1_000:],
        held_out=np.ones(3_000, bool), entities=pa.array(np.arange(3_000)), keys=pa.array(np.arange(3_000)),
    )  # fmt: skip
    evaluated = Evaluated(test=tmp_path / "test.parquet", scores=before[2])
    group_source = GroupSource(snapshot="md5", features=features, version="v", evaluated=lambda: evaluated)
    return group_source, rows, now[2][1_000:], reads


def test_groups_are_those_of_the_rows_and_are_computed_once(source):
    groups, rows, scores, reads = source
    memory = Memory()
    first = groups.evaluate(rows, scores, CONFIG, memory)
    assert first.lost[0].name == "sex=2"
    assert "sex=1" not in [one.name for one in first.lost]
    assert sum(one.rows for one in first.groups if one.name.startswith("sex")) == 3_000
    assert groups.evaluate(rows, scores, CONFIG, memory) == first
    assert len(reads) == 1
    replace(groups, version="another evaluation").evaluate(rows, scores, CONFIG, memory)
    assert len(reads) == 2
    (key, *_) = memory
    memory[key] = {"format": 1, "slices": {"groups": [{}]}}
    assert groups.evaluate(rows, scores, CONFIG, memory) == first, "damaged, computed again"


def test_of_a_restated_delivery_nothing_is_known(source):
    groups, rows, scores, _ = source
    found = replace(groups, features=None).evaluate(rows, scores, CONFIG, None)
    assert (found.groups, found.lost) == ((), ())
    assert "restated" in found.note


def test_without_a_column_to_look_at_nothing_is_said(source):
    groups, rows, scores, _ = source
    config = CONFIG.model_copy(
        update={"sensitive": {}, "monitoring": CONFIG.monitoring.model_copy(update={"slices": {}})}
    )
    assert groups.evaluate(rows, scores, config, None) is None


def test_a_class_of_a_few_rows_decides_nothing_about_a_group():
    """With one row of a class its part of a mean over classes is all or nothing, and shows no spread."""
    rng, rows = np.random.default_rng(3), 2_000
    config = make_config(
        task="multiclass",
        target={"classes": ["a", "b", "c"]},
        gate={
            "primary": "balanced_accuracy",
            "floors": {"balanced_accuracy": 0.5},
            "slices": {"min_rows": 300},
        },
        sensitive={"sex": {}},
    )
    config = config.model_copy(update={"sensitive": {"sex": config.sensitive["sex"]}})
    target = rng.choice(2, rows).astype(np.int16)
    table = pa.table({"sex": pa.array(np.repeat(["1", "2"], rows // 2).tolist())})
    right = rng.random(rows) < 0.8
    scores = np.eye(3)[np.where(right, target, 1 - target)] * 0.9 + 0.1 / 3
    before = measure_groups(table, target, scores, config)
    target[0] = 2  # one row of another class, which the model tells wrong
    now = measure_groups(table, target, scores, config)
    found = find_slices(now, {(one.column, one.group): one for one in before[0]}, config)
    assert not found.lost
    assert "with the label c" in next(one.note for one in now[0] if one.group == "1")
