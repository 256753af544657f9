"""The same counts on Spark, in local mode with two workers; needs a Java runtime."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.config.monitoring_schema import Drift
from include.errors import DataError
from include.monitoring.drift.check import check_drift
from include.monitoring.profile.build import build_profile

pytestmark = [
    pytest.mark.core,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
]


@pytest.fixture(scope="module")
def batch(tmp_path_factory, write_rows):
    """A file of odd values, with a prediction for each row."""
    age = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, *np.arange(4_995)])
    path = write_rows(tmp_path_factory.mktemp("spark") / "batch.parquet", rows=5_000, age=age)
    table = pq.read_table(path).append_column("score", pa.array(np.random.default_rng(2).random(5_000)))
    pq.write_table(table, path, row_group_size=700)
    return path


@pytest.fixture(scope="module")
def profile(tmp_path_factory, write_rows, make_config):
    train = write_rows(tmp_path_factory.mktemp("spark-train") / "train.parquet", rows=1_000)
    return build_profile(train, make_config(), np.random.default_rng(1).random(1_000))


@pytest.mark.parametrize("partitions", [1, 7, 40])
def test_counts_are_those_of_one_machine_to_the_last_digit(spark, batch, profile, partitions):
    from include.monitoring.profile.count_spark import count_dataframe

    table = pq.read_table(batch)
    alone = profile.count(table, table["score"].to_numpy())
    spread = count_dataframe(spark.read.parquet(str(batch)).repartition(partitions), profile, scores="score")
    assert spread.to_json() == alone.to_json()
    assert check_drift(profile, spread, Drift()) == check_drift(profile, alone, Drift())


def test_no_rows_and_no_predictions_are_counted_too(spark, batch, profile):
    from include.monitoring.profile.count_spark import count_dataframe

    frame = spark.read.parquet(str(batch))
    assert count_dataframe(frame.limit(0), profile).to_json() == profile.empty().to_json()
    assert count_dataframe(frame, profile).to_json() == profile.count(pq.read_table(batch)).to_json()


def test_a_wrong_column_is_refused_before_a_job_is_started(spark, batch, profile):
    from include.monitoring.profile.count_spark import count_dataframe

    frame = spark.read.parquet(str(batch))
    with pytest.raises(DataError, match="the batch has no column 'age': found"):
        count_dataframe(frame.drop("age"), profile)
    with pytest.raises(DataError, match="column 'age' is of type int32: expected double"):
        count_dataframe(frame.withColumn("age", frame.age.cast("int")), profile)
    with pytest.raises(DataError, match="the batch has no column 'predicted'"):
        count_dataframe(frame, profile, scores="predicted")
