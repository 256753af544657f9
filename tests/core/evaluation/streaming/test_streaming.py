"""A stream gives what the exact form gives, and the same to the last bit however it is cut and merged."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.config.tasks import TASKS
from include.errors import DataError
from include.evaluation.buckets import assign_buckets, bucket_gain
from include.evaluation.influence import measure_gain, measure_influence
from include.evaluation.streaming.bins import COARSE, FINE, assign_bins, count_bins
from include.evaluation.streaming.entity_count import EntityCount
from include.evaluation.streaming.first_pass import count_rows, no_counts
from include.evaluation.streaming.over_trivial import stream_over_trivial
from include.evaluation.streaming.packing import pack_counts, pack_sums, unpack_counts, unpack_sums
from include.evaluation.streaming.plan import WHOLE, Chunk, Plan
from include.evaluation.streaming.second_pass import no_sums, sum_rows
from include.evaluation.streaming.summary import Summary
from tests.world.examples import examples

pytestmark = pytest.mark.core

MODELS = ("candidate", "champion")
PLAN = Plan.of(MODELS, {"sex": 3}, "roc_auc")


def draw(rows, seed=0, *, ties=False, rate=0.1, primary="roc_auc"):
    """Return a chunk of entities with five rows each, and the plan that measures it."""
    rng = np.random.default_rng(seed)
    target = (rng.random(rows) < rate).astype(np.int8)
    common = 0.9 * rng.normal(size=rows) + np.log(rate / (1 - rate))
    scores = {
        name: 1 / (1 + np.exp(-(1.2 * target + common + 0.4 * rng.normal(size=rows)))) for name in MODELS
    }
    if ties:
        scores = {name: values.round(2) for name, values in scores.items()}
    return Chunk(
        target=target,
        scores=scores,
        buckets=assign_buckets(pa.array(np.arange(rows) // 5)),
        groups={"sex": rng.integers(0, 3, rows)},
    ), Plan.of(MODELS, {"sex": 3}, primary)


def pick(chunk, rows):
    return Chunk(
        target=chunk.target[rows],
        scores={name: values[rows] for name, values in chunk.scores.items()},
        buckets=chunk.buckets[rows],
        groups={name: values[rows] for name, values in chunk.groups.items()},
    )


def run(chunks, plan):
    lookups = count_rows(chunks, plan).tabulate()
    return Summary(sums=sum_rows(chunks, plan, lookups), lookups=lookups)


def spread(gain):
    return float((gain.shares**2).sum() ** 0.5)


ERRORS = {  # of a value, and of a gain; three times what they are on average
    "roc_auc": (3e-7, 4e-7),
    "average_precision": (2e-6, 2e-6),
    "log_loss": (1e-8, 1e-8),
    "brier": (1e-9, 1e-9),
    "accuracy": (1e-12, 1e-12),
    "calibration_error": (1e-5, 1e-5),
}


def test_a_stream_of_half_a_million_rows_gives_what_the_exact_form_gives():
    chunk, plan = draw(500_000, 1)
    found = run([chunk], plan)
    for name in TASKS["binary"].metrics:
        exact = bucket_gain(measure_influence(name, chunk.target, chunk.scores["candidate"]), chunk.buckets)
        gain = bucket_gain(measure_gain(name, chunk.target, *chunk.scores.values()), chunk.buckets)
        single, between = found.metric("candidate", name), found.gain(*MODELS, name)
        of_single, of_gain = ERRORS[name]
        assert single.value == pytest.approx(exact.value, abs=of_single), name
        assert between.value == pytest.approx(gain.value, abs=of_gain), name
        assert abs(between.value - gain.value) < 2e-3 * spread(gain), name
        assert spread(single) == pytest.approx(spread(exact), rel=5e-4), name
        assert spread(between) == pytest.approx(spread(gain), rel=5e-3), name
    assert found.rows() == 500_000
    assert found.positives() == chunk.target.sum()
    differs = (chunk.scores["candidate"] > 0.5) != (chunk.scores["champion"] > 0.5)
    assert found.sums.differing[WHOLE, *MODELS].sum() == differs.sum()
    assert found.count_parted(*MODELS) == len(np.unique(chunk.buckets[differs]))
    for answer in (True, False):
        deviates = (chunk.scores["champion"] > 0.5) != answer
        assert found.count_deviating("champion", answer) == len(np.unique(chunk.buckets[deviates]))


@pytest.mark.parametrize("primary", ["roc_auc", "average_precision", "log_loss"])
@pytest.mark.parametrize("ties", [False, True])
def test_slices_in_the_stream_are_those_of_the_exact_form(primary, ties):
    chunk, plan = draw(200_000, 2, ties=ties, primary=primary)
    found = run([chunk], plan)
    for group in range(3):
        part = pick(chunk, chunk.groups["sex"] == group)
        gain = bucket_gain(measure_gain(primary, part.target, *part.scores.values()), part.buckets)
        streamed = found.gain(*MODELS, primary, "sex", group)
        assert found.rows("sex", group) == len(part)
        assert found.positives("sex", group) == part.target.sum()
        assert abs(streamed.value - gain.value) < (0.02 * spread(gain) if not ties else 1e-7)
        assert spread(streamed) == pytest.approx(spread(gain), rel=5e-3)


@examples(12, most=1_000)
@given(
    rows=st.integers(50, 3_000),
    seed=st.integers(0, 2**32),
    ties=st.booleans(),
    rate=st.sampled_from([0.02, 0.1, 0.5]),
)
def test_small_sets_differ_by_what_bins_with_different_scores_leave_open_at_most(rows, seed, ties, rate):
    """A mean differs by the rounding of its rows, a ranking by the order of rows that share a bin."""
    chunk, plan = draw(rows, seed, ties=ties, rate=rate)
    found = run([chunk], plan)
    for name in set(TASKS["binary"].metrics) - {"calibration_error"}:
        gain = measure_gain(name, chunk.target, *chunk.scores.values()).value
        streamed = found.gain(*MODELS, name).value
        if np.isnan(gain):
            assert np.isnan(streamed)
        else:
            room = sum(left_open(name, chunk.target, scores) for scores in chunk.scores.values())
            assert abs(streamed - gain) <= room + 1e-7


def left_open(name, target, scores):
    """Return how far a ranking metric may lie off when the order within bins is not known."""
    bins = assign_bins(scores).bins
    numbers, counts = np.unique(bins, return_counts=True)
    p, off = target.sum(), 0.0
    for number in numbers[counts > 1]:
        inside, above = bins == number, (bins > number).sum()
        k = target[inside].sum()
        m = inside.sum() - k
        if len(np.unique(scores[inside])) == 1 or not k:
            continue
        if name == "roc_auc":  # each pair counts half in place of not at all, or whole
            off += k * m / 2 / (p * (len(target) - p))
        elif name == "average_precision":  # the positives come first, or last
            before = target[bins > number].sum()
            off += k / p * ((before + k) / (above + k) - (before + 1) / (above + m + 1))
    return off


@examples(12, most=1_000)
@given(
    seed=st.integers(0, 2**32),
    cuts=st.lists(st.integers(0, 4_000), max_size=3),
    shuffled=st.integers(0, 2**32),
    ties=st.booleans(),
)
def test_any_cutting_shuffling_and_merging_gives_the_same_to_the_last_bit(seed, cuts, shuffled, ties):
    chunk, _ = draw(4_000, seed % 7, ties=ties)
    plan = Plan.of(MODELS, {"sex": 3}, "average_precision")
    rows = np.random.default_rng(shuffled).permutation(4_000)
    edges = [0, *sorted(cuts), 4_000]
    parts = [pick(chunk, rows[start:end]) for start, end in pairwise(edges)]
    whole, counts = count_rows([chunk], plan), no_counts(plan)
    for part in parts:
        counts = count_rows([part], plan) + counts
    for other in (counts, count_rows(parts, plan)):
        for key, found in whole.counts.items():
            assert (found == other.counts[key]).all()
            assert (whole.within[key] == other.within[key]).all()
    lookups, sums = counts.tabulate(), no_sums(plan)
    for part in reversed(parts):
        sums = sums + sum_rows([part], plan, lookups)
    assert pack_sums(sums) == pack_sums(sum_rows([chunk], plan, whole.tabulate()))


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.int32])
def test_numbers_of_groups_may_be_integers_of_any_size(kind):
    chunk, plan = draw(4_000, ties=True, primary="average_precision")
    small = replace(chunk, groups={name: codes.astype(kind) for name, codes in chunk.groups.items()})
    assert pack_sums(run([small], plan).sums) == pack_sums(run([chunk], plan).sums)


def test_scores_that_differ_and_fall_into_one_bin_are_noticed_in_any_order():
    one, two = 0.3, 0.3 * (1 + 2**-14)
    assert assign_bins(np.array([one])).bins == assign_bins(np.array([two])).bins
    plan = Plan.of(MODELS, {}, "roc_auc")

    def counted(*values):
        scores = np.array(values)
        return count_rows([Chunk(target=np.ones(len(scores)), scores=dict.fromkeys(MODELS, scores))], plan)

    alone = counted(one) + counted(one, one)
    for mixed in (counted(one, two), counted(two, one), counted(one) + counted(two), alone + counted(two)):
        assert (mixed.within[WHOLE, "champion"] == -2).sum() == 1
        assert ((mixed + alone).within[WHOLE, "champion"] == -2).sum() == 1
    assert (alone.within[WHOLE, "champion"] == -2).sum() == 0


def test_bins_are_ordered_as_scores_are_and_part_at_the_decision_boundary():
    rng = np.random.default_rng(1)
    ends = [0.0, 1.0, 0.5, np.nextafter(0.5, 1), np.nextafter(0.5, 0), 5e-324, 1 - 2**-53, 1e-30]
    scores = np.sort(np.concatenate([rng.random(10_000), rng.random(10_000) ** 20, ends]))
    for shift, most in ((FINE, 516_098), (COARSE, 64_514)):
        bins = assign_bins(scores, shift).bins
        assert count_bins(shift) == most
        assert (np.diff(bins) >= 0).all()
        assert (bins[0], bins[-1]) == (0, most - 1)
        assert (
            assign_bins(np.array([0.5]), shift).bins
            < assign_bins(np.array([np.nextafter(0.5, 1)]), shift).bins
        )
        middle = scores[(scores > 1e-30) & (scores <= 0.5)]
        inside = assign_bins(middle, shift).bins
        same = inside[1:] == inside[:-1]
        assert (middle[1:][same] / middle[:-1][same]).max() < 1 + 2.0 ** (shift - 22)


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_and_equal_scores_are_as_undefined_as_in_the_exact_form(label):
    chunk = Chunk(
        target=np.full(40, label, np.int8),
        scores=dict.fromkeys(MODELS, np.full(40, 0.3)),
        buckets=np.arange(40),
    )
    found = run([chunk], Plan.of(MODELS, {}, "roc_auc"))
    for name in TASKS["binary"].metrics:
        exact = measure_influence(name, chunk.target, chunk.scores["champion"])
        single = found.metric("champion", name)
        assert single.value == pytest.approx(exact.value, nan_ok=True, abs=4e-8)
        assert np.abs(single.sums).max() < 1e-6


@pytest.mark.parametrize("name", ["log_loss", "brier"])
@pytest.mark.parametrize("rate", [0.07, 0.15, 0.3])
def test_the_share_of_positives_is_as_good_as_itself(name, rate):
    """The rounding of rows to whole units had been a gain of hundreds of standard errors."""
    rng = np.random.default_rng(0)
    chunk = Chunk(
        target=(rng.random(20_000) < rate).astype(np.int8),
        scores=dict.fromkeys(MODELS, np.full(20_000, rate)),
        buckets=np.arange(20_000) % 1_024,
    )
    found = stream_over_trivial(
        name,
        run([chunk], Plan.of(MODELS, {}, "roc_auc")),
        "candidate",
        1_024,
        base_rate=rate,
        confidence=0.95,
    )
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_no_rows_have_no_value():
    found = run([], PLAN)
    assert found.rows() == 0
    assert all(np.isnan(found.gain(*MODELS, name).value) for name in TASKS["binary"].metrics)


def test_counts_and_sums_travel_as_bytes():
    chunk, plan = draw(5_000, 3)
    counts = count_rows([chunk], plan)
    sums = sum_rows([chunk], plan, counts.tabulate())
    again = unpack_counts(pack_counts(counts), plan)
    assert pack_counts(again) == pack_counts(counts)
    assert all((found == again.counts[key]).all() for key, found in counts.counts.items())
    assert pack_sums(unpack_sums(pack_sums(sums), plan)) == pack_sums(sums)
    assert len(pack_counts(counts)) < 200_000


@pytest.mark.parametrize("packed", [b"", b"PK", b"not a file at all"])
def test_damaged_bytes_are_refused(packed):
    with pytest.raises(DataError, match="damaged"):
        unpack_counts(packed, PLAN)
    with pytest.raises(DataError, match="damaged"):
        unpack_sums(packed, PLAN)


def test_sums_of_another_plan_are_refused():
    other = Plan.of(("candidate",), {}, "roc_auc")
    with pytest.raises(DataError, match="different plans"):
        no_counts(PLAN) + no_counts(other)
    with pytest.raises(DataError, match="different plans"):
        no_sums(PLAN) + no_sums(other)
    with pytest.raises(DataError, match="different plans"):
        unpack_counts(pack_counts(no_counts(other)), PLAN)


def test_a_second_pass_needs_buckets():
    chunk, plan = draw(100, 4)
    lookups = count_rows([chunk], plan).tabulate()
    with pytest.raises(DataError, match="buckets"):
        no_sums(plan).add(Chunk(target=chunk.target, scores=chunk.scores, groups=chunk.groups), lookups)


def test_entities_are_counted_once():
    count, other = EntityCount(), EntityCount()
    ids = np.arange(300_000)
    count.add(pa.array(np.concatenate([ids[:200_000], ids[:200_000]])))
    other.add(pa.array(ids[100_000:]))
    count.merge(other)
    assert count.estimate() == pytest.approx(300_000, rel=5e-4)
    few = EntityCount()
    few.add(pa.array([f"customer {number % 100}" for number in range(1_000)]))
    assert few.estimate() == 100
    assert EntityCount().estimate() == 0
