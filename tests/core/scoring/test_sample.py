"""The rows of a delivery that a shadow scores."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from include.errors import DataError, ModelError
from include.scoring.predictions import read_scores, read_stamp
from include.scoring.sample import SampledRows, read_sample
from include.scoring.score import score_snapshot

pytestmark = pytest.mark.core

APRIL = "2005-04-30"


@pytest.fixture
def snapshot_file(tmp_path, write_rows):
    return write_rows(tmp_path / "features.parquet", rows=2000)


def ids(path):
    return pq.read_table(path)["customer_id"].to_pylist()


def test_a_shadow_scores_what_the_champion_was_given_without_reading_it_again(
    snapshot_file, tmp_path, make_config, make_stamp, model
):
    config, kept = make_config(), SampledRows(APRIL, rows=2000, wanted=5000)
    score_snapshot(snapshot_file, model, config, tmp_path / "champion.parquet", make_stamp(), keep=kept)
    assert kept.complete
    snapshot_file.unlink()
    assert kept.score(model, config, tmp_path / "shadow.parquet", make_stamp(version="2")) == 2000
    assert ids(tmp_path / "shadow.parquet") == ids(tmp_path / "champion.parquet")
    assert (
        read_scores(tmp_path / "shadow.parquet", config) == read_scores(tmp_path / "champion.parquet", config)
    ).all()
    assert read_stamp(tmp_path / "shadow.parquet").version == "2"


def test_a_sample_is_the_same_whoever_takes_it(snapshot_file, tmp_path, make_config, make_stamp, model):
    config, kept = make_config(), SampledRows(APRIL, rows=2000, wanted=500)
    score_snapshot(snapshot_file, model, config, tmp_path / "champion.parquet", make_stamp(), keep=kept)
    kept.score(model, config, tmp_path / "a.parquet", make_stamp())
    read_sample(snapshot_file, config, APRIL, wanted=500).score(
        model, config, tmp_path / "b.parquet", make_stamp()
    )
    assert ids(tmp_path / "a.parquet") == ids(tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert 400 < len(ids(tmp_path / "a.parquet")) < 600
    whole = dict(
        zip(
            ids(tmp_path / "champion.parquet"),
            read_scores(tmp_path / "champion.parquet", config),
            strict=True,
        )
    )
    assert [whole[one] for one in ids(tmp_path / "a.parquet")] == read_scores(
        tmp_path / "a.parquet", config
    ).tolist()


def test_another_delivery_brings_other_entities(snapshot_file, make_config):
    first, second = (
        read_sample(snapshot_file, make_config(), day, wanted=1000) for day in (APRIL, "2005-05-31")
    )
    taken = [set(keys[0].to_pylist()) for kept in (first, second) for keys, _ in kept._kept]
    assert taken[0] != taken[-1]


def test_no_row_is_an_error(tmp_path, make_config, make_stamp, model):
    with pytest.raises(DataError, match="there is nothing to score"):
        SampledRows(APRIL, rows=0, wanted=10).score(model, make_config(), tmp_path / "x", make_stamp())


def test_a_shadow_that_fails_leaves_no_file(snapshot_file, tmp_path, make_config, make_stamp):
    class Broken:
        classes_ = (0, 1)

        def predict_proba(self, features):
            raise ValueError("no such column")

    kept = read_sample(snapshot_file, make_config(), APRIL, wanted=100)
    with pytest.raises(ModelError):
        kept.score(Broken(), make_config(), tmp_path / "x.parquet", make_stamp())
    assert not (tmp_path / "x.parquet").exists()
