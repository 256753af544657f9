"""The same figures on Spark, in local mode with two workers; needs a Java runtime."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.evaluation.streaming.packing import pack_sums
from include.evaluation.streaming.plan import Chunk, Plan

pytestmark = [
    pytest.mark.core,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
]


@pytest.mark.parametrize("partitions", [1, 5])
def test_a_dataframe_gives_what_one_machine_gives_to_the_last_bit(spark, tmp_path, partitions):
    from include.evaluation.streaming.first_pass import count_rows
    from include.evaluation.streaming.second_pass import sum_rows
    from include.evaluation.streaming.spark import Columns, summarise_dataframe

    rng = np.random.default_rng(1)
    table = pa.table({
        "who.is": pa.array(np.arange(3_000) // 3),
        "y": pa.array(rng.integers(0, 2, 3_000), pa.int8()),
        "new": rng.random(3_000),
        "old": rng.random(3_000).round(2),
        "band": pa.array(rng.integers(0, 2, 3_000), pa.int32()),
    })
    pq.write_table(table, tmp_path / "scores.parquet")
    columns = Columns(
        entity="who.is", target="y", scores={"candidate": "new", "champion": "old"}, groups={"age": "band"}
    )
    plan = Plan.of(("candidate", "champion"), {"age": 2}, "average_precision")
    frame = spark.read.parquet(str(tmp_path / "scores.parquet")).repartition(partitions)
    found = summarise_dataframe(frame, plan, columns)
    whole: Chunk = columns.chunk(table.select(columns.all()).combine_chunks().to_batches()[0])
    lookups = count_rows([whole], plan).tabulate()
    assert pack_sums(found.sums) == pack_sums(sum_rows([whole], plan, lookups))
    assert found.rows() == 3_000
