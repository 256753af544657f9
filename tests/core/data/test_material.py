"""A promotion changes who is held out, and nothing that there is to learn."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from include.data.dataset import build_dataset
from include.data.dataset_record import Dataset
from include.data.material import teaches_the_same
from tests.core.data.test_dataset import APRIL, FEW, JULY, JUNE, MAY, Source
from tests.world.model_config import make_config

pytestmark = pytest.mark.core


@pytest.fixture
def source(tmp_path):
    source = Source(tmp_path, pa.int64())
    for month in (APRIL, MAY, JUNE):
        source.add_month(month)
    return source


@pytest.fixture
def build(source, tmp_path):
    def build(as_of, champion=None, *, rotation=0.25, **changes):
        config = make_config(
            window={"min_rows": 1}, gate={**FEW, **changes}, split={"rotation": rotation, "test_share": 0.5}
        )
        found = build_dataset(
            source.features,
            source.labels,
            config,
            as_of,
            tmp_path / "dataset",
            champion_holdout=champion and champion.holdout,
        )
        assert isinstance(found, Dataset), found
        return found

    return build


def test_the_day_after_a_promotion_there_is_nothing_new(build):
    champion = build(JULY)
    after = build(JULY, champion)
    assert after.train_digest != champion.train_digest, "other entities"
    assert teaches_the_same(after, champion)
    assert list(after.material) == [APRIL, MAY], "what is tested teaches nobody"


def test_labels_for_the_test_set_alone_teach_nothing(build):
    """The second month's labels are tested on; as before, only the third month's teach the second."""
    champion = build(MAY)
    assert teaches_the_same(build(JUNE, champion), champion)
    assert not teaches_the_same(build(JULY, champion), champion)


def test_fewer_tested_entities_may_need_a_month_more(build):
    """Then less is trained on, and nothing else."""
    enough = build(JULY).test.rows
    champion = build(JULY, min_rows=enough)
    after = build(JULY, champion, min_rows=enough)
    assert (champion.test_partitions, after.test_partitions) == ((JUNE,), (MAY, JUNE))
    assert teaches_the_same(after, champion)
    assert not teaches_the_same(champion, after), "a month more to learn"


def test_a_corrected_label_is_new_whoever_is_held_out(build, source):
    champion = build(JULY)
    source.add_labels("2005-07-01", APRIL, [7], [0])
    assert not teaches_the_same(build(JULY, champion), champion)


def test_a_restated_delivery_teaches_something(build, source):
    champion = build(JULY)
    source.add_features(APRIL)
    assert not teaches_the_same(build(JULY, champion), champion)


def test_a_partition_that_is_gone_is_a_change(build, source):
    champion = build(JULY)
    del source.features[APRIL]
    assert not teaches_the_same(build(JULY, champion), champion)


def test_while_the_holdout_stays_the_digest_of_the_training_set_decides(build):
    champion = build(JULY, rotation=0.0)
    assert not teaches_the_same(build(JULY, champion, rotation=0.0), champion)


def test_of_an_older_record_it_is_not_known(build):
    champion = build(JULY)
    assert not teaches_the_same(build(JULY, champion), replace(champion, material={}))
