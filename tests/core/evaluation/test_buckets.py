"""Bucket sums: they add up, hold no identity, and give the standard error of the entities themselves."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from include.data.splits import select_holdout
from include.errors import DataError
from include.evaluation.buckets import BUCKETS, BucketedGain, add_up, assign_buckets, bucket_gain
from include.evaluation.influence import measure_gain
from include.evaluation.measures.base import Influence

pytestmark = pytest.mark.core


def _gain(rows: int, seed: int) -> tuple[Influence, np.ndarray]:
    random = np.random.default_rng(seed)
    target = random.integers(0, 2, rows)
    one, other = (np.clip(0.5 + 0.2 * (target - 0.5) + random.normal(0, 0.2, rows), 0, 1) for _ in "ab")
    return measure_gain("roc_auc", target, one, other), assign_buckets(pa.array(range(rows)))


def test_parts_of_a_gain_add_up_to_the_whole_in_any_order() -> None:
    gain, buckets = _gain(5000, 1)
    whole = bucket_gain(gain, buckets)
    cuts = [slice(0, 100), slice(100, 3000), slice(3000, 5000)]
    parts = [bucket_gain(Influence(value=gain.value, rows=gain.rows[cut]), buckets[cut]) for cut in cuts]

    for order in (parts, parts[::-1]):
        added = add_up(order)
        assert added.rows == whole.rows
        assert added.value == pytest.approx(gain.value, abs=1e-12)
        np.testing.assert_allclose(added.sums, whole.sums, atol=1e-9)


def test_buckets_give_the_spread_of_the_entities() -> None:
    found = []
    for seed in range(30):
        gain, buckets = _gain(20_000, seed)
        exact = ((gain.rows / len(gain.rows)) ** 2).sum()
        shares = bucket_gain(gain, buckets).shares
        found.append(((shares**2).sum() / exact) ** 0.5)
    assert np.mean(found) == pytest.approx(1, abs=0.01)
    assert np.std(found) < 0.035


def test_an_entity_keeps_its_bucket_and_text_is_hashed_too() -> None:
    ids = pa.array([7, 8, 7])
    first = assign_buckets(ids)
    assert first[0] == first[2]
    assert (assign_buckets(pa.chunked_array([ids, ids]))[:3] == first).all()
    texts = assign_buckets(pa.array([f"customer {number}" for number in range(50_000)]))
    assert texts.min() == 0
    assert texts.max() == BUCKETS - 1
    assert np.bincount(texts, minlength=BUCKETS).min() > 10


def test_buckets_are_independent_of_the_holdout() -> None:
    ids = pa.array(range(60_000))
    held_out = select_holdout(ids, seed=0, share=0.3333)
    counts = np.bincount(assign_buckets(ids.filter(pa.array(held_out))), minlength=BUCKETS)
    assert counts.min() > 0


def test_json_keeps_every_bit() -> None:
    gain = bucket_gain(*_gain(1000, 3))
    again = BucketedGain.from_plain(json.loads(json.dumps(gain.to_plain())))
    assert again.total == gain.total
    assert (again.sums == gain.sums).all()


@pytest.mark.parametrize("sums", ["", "AAAA", "no base64!", None])
def test_damaged_sums_are_refused(sums: object) -> None:
    with pytest.raises(DataError, match="damaged"):
        BucketedGain.from_plain({"rows": 10, "total": 1.0, "sums": sums})


def test_no_evidence_has_no_value() -> None:
    nothing = add_up([])
    assert np.isnan(nothing.value)
    assert len(nothing.shares) == 0
