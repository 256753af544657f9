from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import DataError, ModelError
from include.monitoring.histogram.counts import digest_bins
from include.monitoring.profile.build import build_profile
from include.monitoring.profile.profile import Profile
from tests.world.examples import examples

pytestmark = pytest.mark.core

FIRST_FORMAT, SECOND_FORMAT, THIRD_FORMAT = (
    Path(__file__).parents[1] / f"reference_profile_v{number}.json" for number in (1, 2, 3)
)


@pytest.fixture(scope="session")
def train(tmp_path_factory, write_rows):
    return write_rows(tmp_path_factory.mktemp("train") / "train.parquet", rows=1_000)


@pytest.fixture(scope="session")
def scores():
    return np.random.default_rng(1).random(1_000)


@pytest.fixture(scope="session")
def profile(train, scores, make_config):
    return build_profile(train, make_config(), scores)


@pytest.fixture(scope="session")
def table(train):
    return pq.read_table(train)


def as_lists(counts):
    vectors = {name: vector.tolist() for name, vector in counts.columns.items()}
    return counts.rows, vectors, counts.predictions.tolist()


def test_every_training_row_is_counted_in_every_column(profile, make_config, table):
    assert tuple(profile.columns) == make_config().feature_names
    assert profile.reference.rows == 1_000
    for counts in [*profile.reference.columns.values(), profile.reference.predictions]:
        assert counts.sum() == 1_000
    assert profile.positives == sum(table["defaulted"].to_pylist())
    assert profile.model == "credit_risk"


def test_mass_points_missing_values_and_categories_are_exact(profile, table):
    named = {
        name: column.name_counts(profile.reference.columns[name]) for name, column in profile.columns.items()
    }
    paid = table["paid_amount"].to_pylist()
    assert named["paid_amount"]["at"][0] == paid.count(0.0)
    assert named["bill_amount"]["missing"] == table["bill_amount"].null_count > 0
    education = table["education"].to_pylist()
    values = profile.columns["education"].values
    assert named["education"]["values"] == [education.count(value) for value in values]
    assert named["education"]["missing"] == education.count(None) > 0
    assert (named["education"]["other"], named["education"]["unseen"]) == (0, 0)


def test_counting_the_training_data_again_gives_the_reference(profile, table, scores):
    assert as_lists(profile.count(table, scores)) == as_lists(profile.reference)


def test_without_scores_the_predictions_are_not_counted(profile, table):
    counts = profile.count(table)
    assert counts.predictions.sum() == 0
    assert counts.rows == 1_000


@examples(40)
@given(cuts=st.lists(st.integers(0, 1_000), max_size=6), order=st.randoms(use_true_random=False))
def test_any_split_merged_in_any_order_gives_the_same_counts(profile, table, scores, cuts, order):
    ends = [0, *sorted(cuts), 1_000]
    parts = [
        profile.count(table.slice(start, stop - start), scores[start:stop]) for start, stop in pairwise(ends)
    ]
    while len(parts) > 1:  # any two, in any grouping
        order.shuffle(parts)
        parts.append(parts.pop().merge(parts.pop()))
    assert as_lists(parts[0]) == as_lists(profile.reference)


def test_nothing_is_the_neutral_element(profile, table, scores):
    counts = profile.count(table, scores)
    assert (
        as_lists(profile.empty().merge(counts)) == as_lists(counts.merge(profile.empty())) == as_lists(counts)
    )
    assert as_lists(profile.count(table.slice(0, 0), scores[:0])) == as_lists(profile.empty())


def test_record_batches_are_counted_like_tables(profile, table, scores):
    counts, start = profile.empty(), 0
    for batch in table.to_batches(max_chunksize=130):
        counts = counts.merge(profile.count(batch, scores[start : start + batch.num_rows]))
        start += batch.num_rows
    assert as_lists(counts) == as_lists(profile.reference)


def test_ks_from_counts_agrees_with_scipy(tmp_path, make_config, write_rows):
    """The largest difference of the two distribution functions at the edges is KS's D to within one bin."""
    from scipy.stats import ks_2samp

    rng = np.random.default_rng(3)
    reference = np.where(rng.random(20_000) < 0.3, 0, rng.normal(size=20_000))
    later = np.where(rng.random(7_000) < 0.25, 0, rng.normal(0.1, 1.1, size=7_000))
    train = write_rows(tmp_path / "train.parquet", rows=20_000, age=reference)
    profile = build_profile(train, make_config(), np.zeros(20_000))
    batch = pq.read_table(write_rows(tmp_path / "later.parquet", rows=7_000, age=later))
    one, other = (
        np.cumsum(counts.columns["age"][1:]) / counts.rows
        for counts in (profile.reference, profile.count(batch))
    )
    expected = ks_2samp(reference, later).statistic
    assert expected - 1 / 1_024 <= np.abs(one - other).max() <= expected + 1e-12


def test_a_new_category_is_seen_as_unseen(profile, table):
    strange = table.set_column(
        table.schema.get_field_index("sex"), "sex", pa.array(["x"] * 10 + ["1"] * 990, pa.string())
    )
    named = profile.columns["sex"].name_counts(profile.count(strange).columns["sex"])
    assert named["unseen"] == 10


def test_the_profile_comes_back_from_json(profile, table, scores):
    again = Profile.from_json(profile.to_json())
    assert again.to_json() == profile.to_json()
    assert as_lists(again.count(table, scores)) == as_lists(profile.reference)


def test_a_profile_and_all_counts_in_it_carry_the_digest_of_its_bins(profile, table):
    again = Profile.from_json(profile.to_json())
    assert profile.bins_digest == again.bins_digest == digest_bins(profile.columns, profile.predictions)
    assert again.count(table).bins_digest == again.empty().bins_digest == again.bins_digest


@pytest.mark.parametrize(
    ("kept", "digest"), [(FIRST_FORMAT, "84546853f0d1a04a"), (SECOND_FORMAT, "120530b2b7984d24")]
)
def test_bins_have_the_digest_that_counts_were_kept_with(kept, digest):
    """Another one would make the counts and the profiles of groups that are kept useless."""
    assert Profile.from_json(kept.read_text(encoding="utf-8")).bins_digest == digest


def test_the_same_training_gives_the_same_text(profile, train, scores, make_config):
    assert build_profile(train, make_config(), scores).to_json() == profile.to_json()


def test_a_profile_of_the_first_format_is_read_for_ever(table):
    """The file was written by the first version of this code and is never written again."""
    profile = Profile.from_json(FIRST_FORMAT.read_text(encoding="utf-8"))
    assert (profile.model, profile.reference.rows, profile.positives) == ("credit_risk", 200, 66)
    assert list(profile.columns) == [
        "credit_limit",
        "age",
        "pay_status",
        "bill_amount",
        "paid_amount",
        "sex",
        "education",
        "marital_status",
    ]
    assert profile.columns["credit_limit"].edges.tolist() == [20_000, 50_000, 200_000]
    assert profile.columns["sex"].values == ("1", "2")
    named = profile.columns["credit_limit"].name_counts(profile.reference.columns["credit_limit"])
    assert named == {
        "missing": 0,
        "negative_infinity": 0,
        "positive_infinity": 0,
        "at": [66, 73, 61],
        "between": [0, 0, 0, 0],
    }
    counts = profile.count(table)
    assert counts.rows == 1_000
    assert all(vector.sum() == 1_000 for vector in counts.columns.values())


def test_a_profile_of_25_columns_stays_below_a_megabyte(tmp_path, make_config):
    rows, names = 20_000, [f"number_{place}" for place in range(25)]
    rng = np.random.default_rng(4)
    columns = {
        "customer_id": pa.array(np.arange(rows)),
        "as_of": pa.array([date(2005, 4, 30)] * rows, pa.date32()),
        **{
            name: pa.array(-rng.lognormal(-7, 3, rows)) for name in names
        },  # long numbers: -1.2345678901234567e-05
        "defaulted": pa.array(np.zeros(rows, dtype=np.int8)),
    }
    pq.write_table(pa.table(columns), tmp_path / "train.parquet")
    config = make_config(features={"numeric": names, "categorical": []}, sensitive={})
    text = build_profile(tmp_path / "train.parquet", config, rng.random(rows)).to_json()
    assert len(text.encode()) < 600_000  # room for what later formats add


def test_a_profile_of_the_second_format_is_read_to_the_last_digit():
    text = SECOND_FORMAT.read_text(encoding="utf-8")
    plain, profile = json.loads(text), Profile.from_json(text)
    assert profile.seed == plain["seed"]
    every = {**profile.null_distributions, "": profile.prediction_null_distributions}
    for name, nulls in every.items():
        before = (plain["columns"][name] if name else plain["predictions"])["nulls"]
        assert [
            {
                "statistic": null.statistic,
                "wobble": null.between_day_variation,
                "rows": list(null.batch_sizes),
                "median": list(null.median),
                "border": list(null.tail_threshold),
                "excess": list(null.mean_excess),
            }
            for null in nulls
        ] == before
    assert profile.null_distributions["bill_amount"][0].between_day_variation > 0.1
    assert Profile.from_json(profile.to_json()).to_json() == profile.to_json()


def test_a_profile_of_the_third_format_is_one_of_two_classes():
    profile = Profile.from_json(THIRD_FORMAT.read_text(encoding="utf-8"))
    assert (profile.task, profile.classes, dict(profile.probabilities)) == ("binary", (), {})
    assert profile.bins_digest == Profile.from_json(SECOND_FORMAT.read_text(encoding="utf-8")).bins_digest
    assert Profile.from_json(profile.to_json()).to_json() == profile.to_json()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is not a reference profile"),
        ("[]", "this is not a reference profile"),
        ('{"rows": 1}', "this is not a reference profile"),
        ('{"format": 5}', "format 5 was found and formats 1 to 4 are known"),
        ('{"format": true}', "format True was found"),
        ('{"format": "3"}', "format '3' was found"),
        ('{"format": 1, "model": "m"}', r"is damaged \(KeyError"),
    ],
)
def test_what_is_not_a_profile_is_refused(text, message):
    with pytest.raises(ModelError, match=message):
        Profile.from_json(text)


@pytest.mark.parametrize(
    "damage",
    [
        lambda plain: plain["columns"]["age"]["counts"]["at"].pop(),
        lambda plain: plain["columns"]["sex"].update(kind="text"),
        lambda plain: plain.update(predictions=plain["columns"]["sex"]),
        lambda plain: plain["columns"]["age"].update(edges=["a"]),
    ],
)
def test_a_damaged_profile_is_refused(profile, damage):
    plain = json.loads(profile.to_json())
    damage(plain)
    with pytest.raises(ModelError, match="the reference profile is damaged"):
        Profile.from_json(json.dumps(plain))


def test_a_batch_without_a_column_is_refused(profile, table):
    with pytest.raises(DataError, match="the batch has no column 'age'"):
        profile.count(table.drop_columns("age"))


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [("age", pa.int64(), "int64: expected double"), ("sex", pa.binary(), "binary: expected string")],
)
def test_a_column_of_another_type_is_refused(profile, table, name, kind, message):
    place = table.schema.get_field_index(name)
    with pytest.raises(DataError, match=f"column '{name}' is of type {message}"):
        profile.count(table.set_column(place, name, table[name].cast(kind)))


def test_scores_that_do_not_fit_are_refused(profile, table, train, make_config):
    with pytest.raises(DataError, match=r"scores were given for 1000 rows"):
        profile.count(table, np.zeros(3))
    with pytest.raises(DataError, match="1001 scores were given for 1000 training rows"):
        build_profile(train, make_config(), np.zeros(1_001))
    with pytest.raises(DataError, match="scores were given for"):
        build_profile(train, make_config(), np.zeros(999))


def test_counts_of_another_profile_are_not_added(profile, tmp_path, make_config, write_rows):
    other = build_profile(
        write_rows(tmp_path / "other.parquet", rows=300, seed=9), make_config(), np.zeros(300)
    )
    with pytest.raises(
        DataError, match=r"counts of two profiles can't be added: they differ in .*bill_amount"
    ):
        profile.reference.merge(other.reference)


def test_building_and_counting_import_no_pandas(train):
    script = f"""
import sys, yaml
import numpy as np
import pyarrow.parquet as pq
from pathlib import Path
from include.config.schema import ModelConfig
from include.monitoring.profile.build import build_profile
config = ModelConfig.model_validate(yaml.safe_load(Path("include/models/credit_risk/model.yaml").read_text()))
profile = build_profile(Path({str(train)!r}), config, np.zeros(1000))
profile.count(pq.ParquetFile({str(train)!r}).read(), np.zeros(1000))
print("pandas" in sys.modules, "sklearn" in sys.modules, "scipy" in sys.modules)
"""
    root = Path(__file__).parents[4]
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False
    )
    assert result.stdout.split() == ["False", "False", "False"], result.stderr
