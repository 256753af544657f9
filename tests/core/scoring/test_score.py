from __future__ import annotations

import resource
import signal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.errors import DataError, ModelError, StorageError
from include.scoring.predictions import describe_predictions, names_rows, read_scores, read_stamp
from include.scoring.score import score_snapshot

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def config(make_config):
    return make_config()


@pytest.fixture
def snapshot(tmp_path, write_rows):
    return write_rows(tmp_path / "snapshot.parquet", rows=500)


@pytest.fixture
def score(tmp_path, snapshot, config, make_stamp):
    """Return a function that scores the snapshot and returns how the scores are spread, and the file."""

    def score(model, source=None, name="predictions", **stamp):
        target = tmp_path / f"{name}.parquet"
        return score_snapshot(source or snapshot, model, config, target, make_stamp(**stamp)), target

    return score


def test_every_row_gets_its_score_in_the_order_of_the_snapshot(score, model, snapshot, make_config):
    scored, file = score(model)
    found, rows = pq.read_table(file), pq.read_table(snapshot)
    assert scored.rows == 500
    assert found.column_names == ["customer_id", "as_of", "score"]
    assert found.schema.types == [pa.int64(), pa.date32(), pa.float64()]
    assert found["customer_id"].equals(rows["customer_id"])
    assert found["as_of"].equals(rows["as_of"])
    expected = model.predict_proba(rows.to_pandas())[:, 1]
    assert found["score"].to_pylist() == expected.tolist()
    assert read_scores(file, make_config()).tolist() == expected.tolist()


def test_one_row_group_is_scored_at_a_time(score, model):
    score(model)
    assert model.asked == [200, 200, 100], "the snapshot has row groups of 200"


def test_the_stamp_stands_in_the_file(score, model, make_stamp):
    _, file = score(model)
    assert read_stamp(file) == make_stamp()
    assert pq.ParquetFile(file).metadata.metadata[b"mlops.snapshot_md5"] == b"ab" * 16


def test_the_same_input_gives_the_same_bytes(score, model):
    first, one = score(model)
    second, other = score(model, name="again")
    assert one.read_bytes() == other.read_bytes()
    assert first == second
    _, third = score(model, name="later", airflow_run="another")
    assert third.read_bytes() != one.read_bytes(), "the stamp belongs to the content"


def test_the_distribution_can_be_read_back_from_the_file(score, model, make_config):
    scored, file = score(model)
    assert describe_predictions(file, make_config()) == scored


def test_fifty_rows_are_scored(score, model, tmp_path, write_rows):
    scored, _ = score(model, write_rows(tmp_path / "small.parquet", rows=50))
    assert scored.rows == 50


def test_constant_columns_give_constant_scores_and_that_is_said(score, model, tmp_path, write_rows):
    constant = {
        "pay_status": [1.0] * 60,
        "age": [30.0] * 60,
        "credit_limit": [1e4] * 60,
        "bill_amount": [0.0] * 60,
        "paid_amount": [0.0] * 60,
        "sex": ["1"] * 60,
        "education": ["1"] * 60,
        "marital_status": ["1"] * 60,
    }
    scored, _ = score(model, write_rows(tmp_path / "constant.parquet", rows=60, **constant))
    assert scored.constant
    assert scored.quantiles["5"] == scored.quantiles["95"]


def test_a_fitted_pipeline_scores_a_category_that_it_never_saw(
    score, config, tmp_path, write_rows, build_pipeline
):
    from include.training.frame import load_frame

    frame = load_frame(write_rows(tmp_path / "train.parquet"), config)
    pipeline = build_pipeline(config).fit(frame.features, frame.target)
    new = write_rows(tmp_path / "new.parquet", rows=80, education=["99"] * 40 + [None] * 40)
    scored, file = score(pipeline, new)
    assert scored.rows == 80
    assert (
        pipeline.predict_proba(load_frame(new, config).features)[:, 1].tolist()
        == read_scores(file, config).tolist()
    )


@pytest.fixture(scope="session")
def build_pipeline():
    def build(config):
        from sklearn.compose import make_column_transformer
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OrdinalEncoder

        encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        columns = make_column_transformer(
            ("passthrough", list(config.features.numeric)), (encode, list(config.features.categorical))
        )
        return make_pipeline(columns, HistGradientBoostingClassifier(max_iter=5, random_state=0))

    return build


def test_a_column_that_is_gone_is_named(score, model, tmp_path, snapshot):
    narrow = tmp_path / "narrow.parquet"
    pq.write_table(pq.read_table(snapshot).drop_columns(["pay_status"]), narrow)
    with pytest.raises(DataError, match=r"pay_status: found no such column, expected double"):
        score(model, narrow)


def test_a_model_of_other_columns_is_refused_and_leaves_no_file(score, tmp_path):
    class Other:
        classes_ = (0, 1)

        def predict_proba(self, features):
            return features["income"]

    with pytest.raises(ModelError, match=r"could not score 200 rows .*KeyError: 'income'"):
        score(Other())
    assert [file.name for file in tmp_path.iterdir()] == ["snapshot.parquet"]


@pytest.mark.parametrize("wrong", [1.5, -0.1, float("nan")])
def test_scores_that_are_no_probability_are_refused_and_leave_no_file(score, tmp_path, constant_model, wrong):
    constant_model.constant = wrong
    with pytest.raises(ModelError, match="200 of 200 scores are not probabilities"):
        score(constant_model)
    assert [file.name for file in tmp_path.iterdir()] == ["snapshot.parquet"]


def test_a_model_of_other_classes_is_refused(score, model):
    model.classes_ = ("no", "yes")
    with pytest.raises(ModelError, match=r"classes \['no', 'yes'\]"):
        score(model)


def test_an_empty_snapshot_is_refused(score, model, tmp_path, snapshot):
    empty = tmp_path / "none.parquet"
    pq.write_table(pq.read_table(snapshot).slice(0, 0), empty)
    with pytest.raises(DataError, match="no row to score"):
        score(model, empty)


def test_a_truncated_snapshot_is_refused(score, model, snapshot):
    snapshot.write_bytes(snapshot.read_bytes()[:-100])
    with pytest.raises(DataError, match="not a readable Parquet file"):
        score(model)


@pytest.fixture
def small_files():
    """Let no file of this process grow beyond 1,000 bytes; the kernel sees to it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_disk_that_can_not_take_it_is_worth_a_retry_and_leaves_no_file(score, model, small_files, tmp_path):
    with pytest.raises(StorageError, match="File too large"):
        score(model)
    assert [file.name for file in tmp_path.iterdir()] == ["snapshot.parquet"]


@pytest.mark.parametrize("names", [["c", "b", "a"], ["a", "b", "c", "d"]])
def test_probabilities_of_other_classes_or_another_order_are_not_read(
    names, snapshot, tmp_path, make_config, make_stamp
):
    class Guess:
        classes_ = (0, 1, 2)

        def predict_proba(self, features):
            return np.tile([0.5, 0.3, 0.2], (len(features), 1))

    def of_classes(listed):
        gate = {"primary": "accuracy", "floors": {"accuracy": 0.1}}
        return make_config(task="multiclass", target={"classes": listed}, gate=gate)

    file, before, now = tmp_path / "predictions.parquet", of_classes(["a", "b", "c"]), of_classes(names)
    score_snapshot(snapshot, Guess(), before, file, make_stamp())
    assert names_rows(file, before)
    assert read_scores(file, before).shape == (500, 3)
    assert not names_rows(file, now)
    for read in (read_scores, describe_predictions):
        with pytest.raises(
            DataError, match=r"target\.classes in model\.yaml lists now .* or train a new one"
        ):
            read(file, now)
