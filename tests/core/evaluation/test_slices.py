from __future__ import annotations

import pyarrow as pa
import pytest

from include.config.data_schema import Sensitive
from include.evaluation.slices import cut_slices, explain_smallness, name_bands

pytestmark = pytest.mark.core


@pytest.fixture
def cut(make_config):
    def cut(sensitive, **columns):
        attributes = {name: Sensitive(bands=bands) for name, bands in sensitive.items()}
        return cut_slices(pa.table(columns), make_config().model_copy(update={"sensitive": attributes}))

    return cut


def as_dict(slices):
    return {one.name: one.rows.tolist() for one in slices}


def test_categories_are_groups_in_alphabetical_order(cut):
    found = cut({"sex": ()}, sex=["2", "1", "2", "1", "2"])
    assert as_dict(found) == {"sex=1": [1, 3], "sex=2": [0, 2, 4]}
    assert [one.name for one in found] == ["sex=1", "sex=2"]


def test_a_band_holds_its_lower_end(cut):
    ages = [29.9, 30.0, 39.0, 40.0, 75.0]
    assert as_dict(cut({"age": (30.0, 40.0)}, age=ages)) == {
        "age < 30": [0],
        "age [30, 40)": [1, 2],
        "age >= 40": [3, 4],
    }


def test_one_cut_makes_two_bands_and_decimals_are_shown(cut):
    assert list(as_dict(cut({"age": (30.5,)}, age=[20.0, 40.0]))) == ["age < 30.5", "age >= 30.5"]


def test_missing_values_are_a_group_of_their_own(cut):
    found = cut({"sex": (), "age": (30.0,)}, sex=["1", None, "1"], age=[None, 20.0, float("nan")])
    assert as_dict(found) == {"sex=1": [0, 2], "sex=missing": [1], "age < 30": [1], "age=missing": [0, 2]}


def test_empty_bands_are_left_out(cut):
    assert list(as_dict(cut({"age": (30.0, 40.0)}, age=[20.0]))) == ["age < 30"]


def test_infinite_values_fall_in_the_outer_bands(cut):
    found = as_dict(cut({"age": (30.0,)}, age=[float("inf"), float("-inf")]))
    assert found == {"age < 30": [1], "age >= 30": [0]}


def test_attributes_come_in_the_order_of_the_configuration(cut):
    found = cut({"sex": (), "age": (30.0,)}, age=[20.0], sex=["1"])
    assert [one.column for one in found] == ["sex", "age"]


def test_no_sensitive_attribute_gives_no_slice(cut):
    assert cut({}, age=[20.0]) == []


def test_small_and_one_sided_slices_are_explained(make_config):
    config = make_config(gate={"slices": {"min_rows": 10}})
    assert explain_smallness(9, 4, config) == "too few rows: 9, expected 10 (gate.slices.min_rows)"
    assert explain_smallness(10, 0, config) == "one class: 0 positives in 10 rows"
    assert explain_smallness(10, 10, config) == "one class: 10 positives in 10 rows"
    assert explain_smallness(10, 4, config) == ""


def test_a_category_called_missing_is_not_the_group_of_missing_values(cut):
    found = cut({"sex": ()}, sex=["missing", None, "1", "nan", "None", "", "null"])
    assert as_dict(found) == {
        "sex=''": [5],
        "sex=1": [2],
        "sex='None'": [4],
        "sex='missing'": [0],
        "sex='nan'": [3],
        "sex='null'": [6],
        "sex=missing": [1],
    }


def test_no_two_groups_have_one_name(cut):
    values = [
        "a",
        "A",
        " a",
        "a ",
        "a\u200b",
        "\u0430",
        "\u00e9",
        "e\u0301",
        "[30, 40)",
        "< 30",
        "1",
        "1.0",
        "True",
        "a|b",
        "a=b",
        "x" * 300,
        "x" * 301,
        "a\nb",
        "a\\nb",
        "missing",
        "'missing'",
        None,
    ]
    found = cut(
        {"sex": (), "age": (30.0, 40.0)}, sex=values, age=[float(20 + at) for at in range(len(values))]
    )
    names = [one.name for one in found]
    assert len(set(names)) == len(names) == len(values) + 3
    assert sorted(row for one in found if one.column == "sex" for row in one.rows.tolist()) == list(range(22))


def test_a_column_with_signs_in_its_name_is_not_mistaken_for_another(cut):
    found = cut({"sex": (), "sex=1": ()}, sex=["1=2", "1"], **{"sex=1": ["2", "1"]})
    assert len({one.name for one in found}) == 4


@pytest.mark.parametrize(
    ("cuts", "names"),
    [
        ((0.3, 0.1 + 0.2), ["age < 0.3", "age [0.3, 0.30000000000000004)", "age >= 0.30000000000000004"]),
        ((1_000_001.0, 1_000_002.0), ["age < 1000001", "age [1000001, 1000002)", "age >= 1000002"]),
        ((-0.0, 1e-300, 1e300), ["age < 0", "age [0, 1e-300)", "age [1e-300, 1e+300)", "age >= 1e+300"]),
    ],
)
def test_ends_of_bands_have_all_of_their_digits(cut, cuts, names):
    ages = [-1.0, *cuts]
    assert as_dict(cut({"age": cuts}, age=ages)) == {name: [row] for row, name in enumerate(names)}


def test_long_whole_numbers_keep_all_of_their_digits():
    assert name_bands([999_999_999_999_999.0, 1e15]) == [
        "< 999999999999999", "[999999999999999, 1000000000000000.0)", ">= 1000000000000000.0",
    ]  # fmt: skip
    assert name_bands([-1e16]) == ["< -1e+16", ">= -1e+16"]
