from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.data.splits import Holdout, hash_entities, select_holdout
from include.errors import DataError

pytestmark = pytest.mark.core

IDS = pa.array(np.arange(1, 30_001))


def test_the_holdout_never_changes():
    """These figures are a promise: another answer would hand old test customers to training."""
    integers = hash_entities(pa.array([1, 2, 3, -1, 2**63 - 1, -(2**63)]), seed=20050430)
    strings = hash_entities(pa.array(["a", "b", "", "Zoë"]), seed=20050430)
    assert integers[:3].tolist() == [0.14563080552549246, 0.6923403194689755, 0.9030917266889593]
    assert integers[3:].tolist() == [0.27292443015508927, 0.34291113045937904, 0.8607613708991605]
    assert strings[:2].tolist() == [0.0032940452435344936, 0.100744568783946]
    assert strings[2:].tolist() == [0.9222650276698399, 0.15043842351143966]


@pytest.mark.parametrize("ids", [IDS, IDS.cast(pa.string()), pa.array(np.arange(30_000) * 4096)])
def test_the_share_is_held_out_of_consecutive_and_of_spaced_ids(ids):
    held_out = select_holdout(ids, seed=7, share=1 / 3)
    assert held_out.mean() == pytest.approx(1 / 3, abs=4 * np.sqrt(2 / 9 / 30_000))


def test_hashes_are_uniform_and_neighbours_are_independent():
    hashed = hash_entities(IDS, seed=7)
    counts, _ = np.histogram(hashed, bins=50, range=(0, 1))
    chi_square = ((counts - 600) ** 2 / 600).sum()
    assert chi_square < 85.4  # 99.9 % quantile at 49 degrees of freedom
    assert abs(np.corrcoef(hashed[:-1], hashed[1:])[0, 1]) < 0.02


def test_another_seed_gives_an_independent_holdout():
    one, other = (select_holdout(IDS, seed=seed, share=0.5) for seed in (1, 2))
    assert (one & other).mean() == pytest.approx(0.25, abs=0.012)


@given(
    ids=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=40, unique=True),
    seed=st.integers(0, 2**32 - 1),
    share=st.floats(0.01, 0.99),
)
def test_membership_depends_on_the_id_alone(ids, seed, share):
    together = select_holdout(pa.array(ids, pa.int64()), seed=seed, share=share)
    alone = [select_holdout(pa.array([one], pa.int64()), seed=seed, share=share)[0] for one in ids]
    assert together.tolist() == alone
    backwards = select_holdout(pa.array(ids[::-1], pa.int64()), seed=seed, share=share)
    assert backwards[::-1].tolist() == together.tolist()


@given(seed=st.integers(0, 2**32 - 1), low=st.floats(0.01, 0.99), high=st.floats(0.01, 0.99))
def test_raising_the_share_only_adds_entities(seed, low, high):
    low, high = sorted((low, high))
    ids = IDS[:500]
    assert not (select_holdout(ids, seed=seed, share=low) & ~select_holdout(ids, seed=seed, share=high)).any()


def test_a_repeated_string_gets_one_answer():
    hashed = hash_entities(pa.array(["x", "y", "x"]), seed=1)
    assert hashed[0] == hashed[2] != hashed[1]


def test_a_sliced_and_an_empty_column_are_hashed_alike():
    assert hash_entities(IDS[100:103], seed=3).tolist() == hash_entities(IDS, seed=3)[100:103].tolist()
    assert hash_entities(pa.array([], pa.int64()), seed=3).shape == (0,)
    assert hash_entities(pa.array([], pa.string()), seed=3).shape == (0,)


def test_a_missing_id_is_refused():
    with pytest.raises(DataError, match="1 of 2 rows have no entity id"):
        hash_entities(pa.array([1, None]), seed=1)


def test_an_id_of_another_type_is_refused():
    with pytest.raises(DataError, match=r"type double.*expected integers or strings"):
        hash_entities(pa.array([1.5]), seed=1)


def test_a_holdout_finds_its_entities_again_when_their_ids_have_become_text():
    """And back: a version was trained while entity.type was the other one."""
    texts = IDS.cast(pa.string())
    for entity, own, other in (("integer", IDS, texts), ("string", texts, IDS)):
        holdout = Holdout(seed=3, share=0.3, entity=entity)
        np.testing.assert_array_equal(holdout.select(own), select_holdout(own, seed=3, share=0.3))
        np.testing.assert_array_equal(holdout.select(other), holdout.select(own))
    assert not Holdout(seed=3, share=0.9, entity="integer").select(pa.array(["a1", "a2"])).any()


def test_a_holdout_is_the_one_that_the_configuration_asks_for(make_config):
    config = make_config(split={"seed": 8, "test_share": 0.4})
    holdout = Holdout.of(config)
    assert (holdout.seed, holdout.share, holdout.entity) == (8, 0.4, config.entity.type)
    assert holdout.to_text() == f"split.seed 8, split.test_share 0.4, entity.type {config.entity.type}"
    assert Holdout(seed=8, share=0.4).to_text() == "split.seed 8, split.test_share 0.4"


def test_a_share_of_none_holds_out_nobody_and_one_of_all_everybody():
    assert not select_holdout(IDS, seed=7, share=0.0).any()
    assert select_holdout(IDS, seed=7, share=1.0).all()


def test_an_entity_whose_hash_is_the_share_itself_is_trained_on():
    ids = pa.array([1])
    (hashed,) = hash_entities(ids, seed=7)
    assert not select_holdout(ids, seed=7, share=hashed)[0]
    assert select_holdout(ids, seed=7, share=np.nextafter(hashed, 1))[0]
