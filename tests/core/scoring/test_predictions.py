from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.errors import DataError, StorageError
from include.scoring import distribution
from include.scoring.distribution import ScoreSummary
from include.scoring.predictions import describe_predictions, read_scores, read_stamp

pytestmark = pytest.mark.core


def summarise(scores: np.ndarray, *cuts: int) -> distribution.Distribution:
    summary = ScoreSummary()
    for part in np.split(scores, cuts):
        summary.add(part)
    return summary.result()


def test_figures_are_those_of_numpy():
    scores = np.random.default_rng(1).beta(1, 5, 10_000)
    found = summarise(scores, 17, 4_000)
    assert found.rows == 10_000
    assert found.mean == pytest.approx(scores.mean(), abs=1e-12)
    assert (found.lowest, found.highest) == (scores.min(), scores.max())
    assert found.above_half == (scores > 0.5).mean()
    assert found.quantiles == {
        f"{100 * level:g}": np.quantile(scores, level) for level in distribution.QUANTILES
    }


def test_half_itself_is_not_above_half():
    assert summarise(np.array([0.5, 0.5, 0.6, 0.1])).above_half == 0.25


def test_quantiles_of_many_rows_come_from_every_kth_wherever_batches_end(monkeypatch):
    monkeypatch.setattr(distribution, "_SAMPLE", 1_000)
    scores = np.random.default_rng(1).random(10_000)
    whole, parts = summarise(scores), summarise(scores, 1, 999, 5_003)
    assert whole.quantiles == parts.quantiles
    assert whole.quantiles["50"] == np.quantile(scores[::16], 0.5)
    assert whole.mean == pytest.approx(scores.mean())


def test_the_log_line_says_what_matters():
    text = summarise(np.array([0.1, 0.2, 0.3, 0.9])).to_text()
    assert text.splitlines()[0] == "4 scores, mean 0.3750, 25.0% above 0.5"
    assert "50 %: 0.2500" in text


def test_metrics_are_flat_and_named():
    metrics = summarise(np.array([0.1, 0.2])).to_metrics()
    assert metrics["scored_rows"] == 2
    assert {"score_mean", "score_above_half", "score_q01", "score_q05", "score_q50", "score_q99"} <= set(
        metrics
    )


def test_metadata_in_another_encoding_is_shown_as_far_as_it_can_be(tmp_path, make_stamp):
    file = tmp_path / "odd.parquet"
    fields = {**make_stamp().to_metadata(), "mlops.airflow_run": b"\xff run", b"\xfe": b"\xff"}
    pq.write_table(pa.table({"score": [0.5]}).replace_schema_metadata(fields), file)
    assert read_stamp(file).airflow_run == "\ufffd run"


def test_a_file_without_a_stamp_is_none_of_ours(tmp_path, make_config):
    file = tmp_path / "x.parquet"
    pq.write_table(pa.table({"score": [0.5]}), file)
    assert read_scores(file, make_config()).tolist() == [0.5]
    with pytest.raises(DataError, match=r"no complete stamp \(missing: model, version"):
        read_stamp(file)


READERS = {
    "stamp": lambda file, _: read_stamp(file),
    "scores": read_scores,
    "description": describe_predictions,
}


@pytest.mark.parametrize("reader", READERS)
def test_what_is_not_a_predictions_file_is_refused(tmp_path, reader, make_config):
    config = make_config()

    def read(file):
        return READERS[reader](file, config)

    file = tmp_path / "x.parquet"
    file.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(DataError, match="not a readable Parquet file"):
        read(file)
    pq.write_table(pa.table({"score": ["high"]}), file)
    with pytest.raises(DataError, match=r"score: found (string|no such column), expected double|no complete"):
        read(file)
    pq.write_table(pa.table({"points": [0.5]}), file)
    with pytest.raises(DataError, match=r"score: found no such column, expected double|no complete stamp"):
        read(file)
    with pytest.raises(StorageError, match="could not be read"):
        read(tmp_path / "nowhere.parquet")


@pytest.mark.parametrize("read", [read_scores, describe_predictions])
def test_a_file_whose_pages_are_damaged_is_refused_and_not_tried_again(tmp_path, read, make_config):
    file = tmp_path / "x.parquet"
    pq.write_table(pa.table({"score": np.random.default_rng(0).random(10_000)}), file, compression="snappy")
    content = bytearray(file.read_bytes())
    content[4:2_000] = bytes(1_996)  # the first pages, with their heads
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"(?s)not a readable Parquet file .*score its delivery again"):
        read(file, make_config())
