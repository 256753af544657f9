"""A stream of rows with weights: the exact figures, in any order of its chunks, and packed as bytes."""

from __future__ import annotations

import numpy as np
import pytest

from include.config.tasks import TASKS
from include.errors import DataError
from include.evaluation.buckets import BUCKETS
from include.evaluation.contributions import sum_by_entity
from include.evaluation.evidence import count_evidence
from include.evaluation.measures.scored import Scored
from include.evaluation.metrics import MEASURES
from include.evaluation.streaming.first_pass import count_rows, no_counts
from include.evaluation.streaming.packing import pack_counts, pack_sums, unpack_counts, unpack_sums
from include.evaluation.streaming.plan import Chunk, Plan
from include.evaluation.streaming.second_pass import no_sums, sum_rows
from include.evaluation.streaming.summary import Summary

pytestmark = pytest.mark.core

ROWS = 20_000


def draw(seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.beta(1, 4, ROWS)
    target = (rng.uniform(size=ROWS) < scores**0.8).astype(np.int8)
    weights = rng.lognormal(0, 1, ROWS) * (1 + 2 * target)
    return Chunk(
        target=target, scores={"candidate": scores}, buckets=rng.integers(0, BUCKETS, ROWS), weights=weights
    )


def summarise(chunks, plan):
    lookups = count_rows(chunks, plan).tabulate()
    return Summary(sums=sum_rows(chunks, plan, lookups), lookups=lookups)


def pick(chunk, rows):
    return Chunk(
        target=chunk.target[rows],
        scores={name: found[rows] for name, found in chunk.scores.items()},
        buckets=chunk.buckets[rows],
        weights=chunk.weights[rows],
    )


def plan_of(chunk):
    return Plan(models=("candidate",), heaviest=float(chunk.weights.max()))


@pytest.mark.parametrize("name", TASKS["binary"].metrics)
def test_a_stream_finds_what_the_exact_form_finds(name):
    chunk = draw()
    found = summarise([chunk], plan_of(chunk)).metric("candidate", name)
    scored = Scored(chunk.target, chunk.scores["candidate"], chunk.buckets, chunk.weights)
    exact = sum_by_entity(MEASURES[name].influence(scored), chunk.buckets, BUCKETS)
    error = float(np.sqrt((exact.shares**2).sum()))
    loose = {"calibration_error": 0.2, "average_precision": 3e-3}.get(name, 1e-3)
    assert found.value == pytest.approx(exact.value, abs=loose * error)
    assert float(np.sqrt((found.shares**2).sum())) == pytest.approx(error, rel=max(loose / 10, 1e-3))
    assert found.rows == exact.rows == ROWS


def test_it_knows_what_the_rows_can_tell():
    chunk = draw()
    summary = summarise([chunk], plan_of(chunk))
    expected = count_evidence(chunk.target, chunk.buckets, chunk.weights)
    assert summary.evidence().everyone.alike == pytest.approx(expected.everyone.alike, rel=1e-6)
    assert summary.evidence().positives.alike == pytest.approx(expected.positives.alike, rel=1e-6)
    assert (summary.rows(), summary.positives()) == (ROWS, int(chunk.target.sum()))


def test_any_order_of_the_rows_and_bytes_in_between_give_the_same_to_the_last_bit():
    chunk = draw()
    plan, order = plan_of(chunk), np.random.default_rng(1).permutation(ROWS)
    whole = summarise([chunk], plan)
    parts = [pick(chunk, rows) for rows in np.array_split(order, 7)]
    counts = no_counts(plan)
    for part in parts:
        counts += unpack_counts(pack_counts(count_rows([part], plan)), plan)
    lookups, sums = counts.tabulate(), no_sums(plan)
    for part in parts:
        sums += unpack_sums(pack_sums(sum_rows([part], plan, lookups)), plan)
    spread = Summary(sums=sums, lookups=lookups)
    for name in TASKS["binary"].metrics:
        one, other = (found.metric("candidate", name) for found in (whole, spread))
        assert one.value == other.value
        np.testing.assert_array_equal(one.sums, other.sums)


def test_rows_with_and_without_weights_do_not_add_up():
    chunk = draw()
    with pytest.raises(DataError, match="with and without weights"):
        count_rows([chunk], Plan(models=("candidate",)))
    with pytest.raises(DataError, match="with and without weights"):
        count_rows([Chunk(target=chunk.target, scores=chunk.scores)], plan_of(chunk))
    with pytest.raises(DataError, match="not between 0 and 1, the heaviest"):
        count_rows([chunk], Plan(models=("candidate",), heaviest=1.0))
