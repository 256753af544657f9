"""A file counted in threads, beside the same rows counted as one table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import DataError
from include.monitoring.histogram.counts import Counts
from include.monitoring.profile.build import build_profile
from include.monitoring.profile.count_file import count_file
from tests.world.examples import examples

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def path(tmp_path_factory, write_rows):
    age = np.array([np.nan, np.inf, -np.inf, *np.arange(997)])
    return write_rows(tmp_path_factory.mktemp("scan") / "batch.parquet", rows=1_000, age=age)


@pytest.fixture(scope="module")
def scores():
    return np.random.default_rng(1).random(1_000)


@pytest.fixture(scope="module")
def profile(path, scores, make_config):
    return build_profile(path, make_config(), scores)


def plain(counts):
    return counts.to_json()


@examples(20)
@given(group=st.integers(1, 1_200), threads=st.integers(1, 4), dictionary=st.booleans())
def test_a_file_is_counted_like_a_table_whatever_its_layout(
    tmp_path_factory, path, profile, scores, group, threads, dictionary
):
    table = pq.read_table(path)
    other = tmp_path_factory.mktemp("layout") / "batch.parquet"
    pq.write_table(table, other, row_group_size=group, use_dictionary=dictionary)
    counts = count_file(other, profile, scores, threads=threads)
    assert plain(counts) == plain(profile.count(table, scores)) == plain(profile.reference)


@examples(30)
@given(st.lists(st.integers(0, 4), min_size=3, max_size=8), st.randoms(use_true_random=False))
def test_merging_is_associative_and_commutative(path, profile, scores, sizes, order):
    table = pq.read_table(path)
    parts = [profile.count(table.slice(100 * size, 100), scores[:100]) for size in sizes]
    a, b, c = parts[:3]
    assert plain(a.merge(b).merge(c)) == plain(a.merge(b.merge(c)))
    assert plain(a.merge(b)) == plain(b.merge(a))
    left = profile.empty()
    for part in parts:
        left = left.merge(part)
    order.shuffle(parts)
    right = profile.empty()
    for part in parts:
        right = part.merge(right)
    assert plain(left) == plain(right)


def test_scores_are_counted_or_left_out(path, profile, scores):
    assert count_file(path, profile).predictions.sum() == 0
    assert count_file(path, profile, scores).predictions.sum() == 1_000
    with pytest.raises(DataError, match=r"\(3,\) scores were given for 1000 rows"):
        count_file(path, profile, np.zeros(3))


def test_a_file_of_no_rows_gives_counts_of_nothing(tmp_path, path, profile):
    pq.write_table(pq.read_table(path).slice(0, 0), tmp_path / "none.parquet")
    assert plain(count_file(tmp_path / "none.parquet", profile, np.empty(0))) == plain(profile.empty())


def test_counts_travel_as_text(path, profile, scores):
    counts = count_file(path, profile, scores)
    again = Counts.from_json(counts.to_json())
    assert plain(again.merge(counts)) == plain(counts.merge(counts))
    assert len(counts.to_json()) < 20_000


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"bins_digest": "a", "rows": 1, "columns": {"x": ["a"]}}'])
def test_what_holds_no_counts_is_refused(text):
    with pytest.raises(DataError, match="these are not counts of a batch"):
        Counts.from_json(text)


def test_a_column_that_is_missing_or_of_another_type_is_refused(tmp_path, path, profile):
    table, other = pq.read_table(path), tmp_path / "other.parquet"
    pq.write_table(table.drop_columns("age"), other)
    with pytest.raises(DataError, match="the batch has no column 'age'"):
        count_file(other, profile)
    pq.write_table(table.set_column(3, "age", table["age"].cast(pa.float32())), other)
    with pytest.raises(DataError, match="column 'age' is of type float: expected double"):
        count_file(other, profile)
    place = table.schema.get_field_index("sex")
    pq.write_table(table.set_column(place, "sex", table["sex"].cast(pa.large_string())), other)
    with pytest.raises(DataError, match="column 'sex' is of type large_string: expected string"):
        count_file(other, profile)


@pytest.mark.parametrize("cut", [0, 100, 2_000])
def test_a_truncated_file_is_the_fault_of_the_data(tmp_path, path, profile, cut):
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(
        DataError, match=r"broken.parquet is not a readable Parquet file .*: run extract again"
    ):
        count_file(broken, profile)


def test_a_file_damaged_inside_is_the_fault_of_the_data(tmp_path, path, profile):
    content = bytearray(path.read_bytes())
    content[4:2_000] = bytes(1_996)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(content)
    with pytest.raises(DataError, match=r"broken.parquet is not a readable Parquet file"):
        count_file(broken, profile)


def test_a_file_that_is_not_there_is_the_fault_of_the_data(tmp_path, profile):
    with pytest.raises(DataError, match="does not exist"):
        count_file(tmp_path / "none.parquet", profile)


def test_a_check_imports_nothing_heavy(tmp_path, path, profile):
    (tmp_path / "profile.json").write_text(profile.to_json(), encoding="utf-8")
    script = f"""
import sys
from pathlib import Path
from include.config.monitoring_schema import Drift
from include.monitoring.drift.check import check_drift
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.profile.profile import Profile
from include.monitoring.profile.count_file import count_file
profile = Profile.from_json(Path({str(tmp_path / "profile.json")!r}).read_text())
write_verdict(check_drift(profile, count_file(Path({str(path)!r}), profile), Drift())).to_text()
print([name for name in ("pandas", "scipy", "sklearn") if name in sys.modules])
"""
    root = Path(__file__).parents[4]
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False
    )
    assert result.stdout.strip() == "[]", result.stdout + result.stderr
