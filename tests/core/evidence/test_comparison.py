"""Two models are the same if every bit of their figures and predictions is."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.evidence.comparison import (
    compare_figures,
    compare_libraries,
    compare_predictions,
    compare_texts,
    first_digit_apart,
)
from include.evidence.reproduction import Finding, Reproduction

pytestmark = pytest.mark.core

KEYS = pa.table({"customer_id": [11, 12, 13]})
SCORES = np.array([0.1, 0.2, 0.7])


def test_the_same_bits_are_identical() -> None:
    found = compare_predictions(SCORES, SCORES.copy(), KEYS, KEYS)
    assert (found.identical, found.summary) == (True, "3 rows, bit by bit")


@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.integers(0, 2),
    st.sampled_from([0.0, math.inf, -math.inf]),
)
def test_one_bit_is_found_wherever_it_is(values: list[float], at: int, towards: float) -> None:
    recorded = np.array(values)
    found = recorded.copy()
    found[at] = np.nextafter(found[at], towards if towards != found[at] else 1.0)
    said = compare_predictions(recorded, found, KEYS, KEYS)
    assert not said.identical
    assert said.differences[0].what == f"customer_id={11 + at}"
    assert said.differences[0].recorded == repr(float(recorded[at]))
    assert said.differences[0].found == repr(float(found[at]))


def test_of_many_rows_the_first_are_shown_and_all_are_counted() -> None:
    keys = pa.table({"id": list(range(100))})
    recorded = np.linspace(0.1, 0.9, 100)
    said = compare_predictions(recorded, recorded + 0.25, keys, keys)
    assert [one.what for one in said.differences] == ["id=0", "id=1", "id=2", "id=3", "id=4"]
    assert said.summary == "100 of 100 rows; largest difference 0.25"


def test_of_several_classes_one_number_is_enough() -> None:
    recorded = np.array([[0.5, 0.5], [0.25, 0.75], [1.0, 0.0]])
    found = recorded.copy()
    found[1, 1] = 0.5
    said = compare_predictions(recorded, found, KEYS, KEYS)
    assert [(one.what, one.recorded, one.found) for one in said.differences] == [
        ("customer_id=12", "0.75", "0.5")
    ]


def test_what_is_not_defined_is_the_same_as_itself_only() -> None:
    recorded = np.array([math.nan, 0.2, 0.7])
    assert compare_predictions(recorded, recorded.copy(), KEYS, KEYS).identical
    assert not compare_predictions(recorded, SCORES, KEYS, KEYS).identical
    assert compare_figures("metrics", {"auc": None}, {"auc": math.nan}).identical


def test_zero_and_minus_zero_differ() -> None:
    assert not compare_figures("metrics", {"bias": 0.0}, {"bias": -0.0}).identical


def test_the_same_numbers_for_other_rows_are_other_predictions() -> None:
    said = compare_predictions(SCORES, SCORES, KEYS, pa.table({"customer_id": [11, 99, 13]}))
    assert (said.identical, said.differences[0].recorded, said.differences[0].found) == (
        False, "customer_id=12", "customer_id=99",
    )  # fmt: skip


def test_fewer_rows_are_other_predictions() -> None:
    said = compare_predictions(SCORES, SCORES[:2], KEYS, KEYS.slice(0, 2))
    assert (said.identical, said.summary) == (False, "other rows")


def test_a_figure_says_from_which_digit_on_it_differs() -> None:
    said = compare_figures("metrics", {"roc_auc": 0.9009, "brier": 0.08}, {"roc_auc": 0.9003, "brier": 0.08})
    (only,) = said.differences
    assert (only.what, only.recorded, only.found, only.note) == (
        "roc_auc", "0.9009", "0.9003", "-0.0006, from digit 4 on",
    )  # fmt: skip
    assert said.summary == "1 of 2 figures"


def test_a_figure_that_only_one_has_is_a_difference() -> None:
    assert compare_figures("m", {"a": 1.0}, {}).differences[0].found == "-"
    assert compare_figures("m", {}, {"b": 1.0}).differences[0].recorded == "-"


@pytest.mark.parametrize(
    ("one", "other", "digit"),
    [
        (0.5, 0.5, None),
        (0.5, -0.5, 1),
        (0.5, 5.0, 1),
        (0.123456, 0.123457, 6),
        (1.0, math.nan, None),
        (0.0, 0.1, 1),
    ],
)
def test_the_first_digit_apart(one: float, other: float, digit: int | None) -> None:
    assert first_digit_apart(one, other) == digit


def test_digests_are_compared_whole_and_a_missing_one_is_not_a_match() -> None:
    assert compare_texts("test set", "ab" * 32, "ab" * 32).identical
    assert not compare_texts("test set", "ab" * 32, "ab" * 31 + "ac").identical
    assert not compare_texts("configuration", None, "ab").identical


def test_other_libraries_are_circumstances_and_decide_nothing() -> None:
    circumstances = compare_libraries(
        {"numpy": "2.3.1", "python": "3.11.2", "skops": "1"}, {"numpy": "2.2.0", "skops": "1"}
    )
    assert [(one.what, one.found) for one in circumstances] == [
        ("numpy", "2.2.0"),
        ("python", "not installed"),
    ]
    said = Reproduction(
        subject="loans version 1", findings=(Finding(what="metrics", identical=True, summary="7 figures"),),
        circumstances=circumstances,
    )  # fmt: skip
    assert said.identical


def test_the_answer_is_the_last_line_and_names_what_differs() -> None:
    said = Reproduction(
        subject="loans version 1",
        findings=(
            compare_texts("training set", "a" * 64, "a" * 64),
            compare_predictions(SCORES, SCORES + 0.25, KEYS, KEYS),
        ),
        circumstances=compare_libraries({"numpy": "2.3.1"}, {"numpy": "2.2.0"}),
        notes={"code": "c0ffee, as recorded"},
    )
    text = said.to_text()
    assert text.splitlines()[-1] == (
        "loans version 1: differs in predictions; of other versions than in training: numpy"
    )
    for expected in ("c0ffee", "training set", "identical: sha256 aaaaaaaaaaaa", "customer_id=11", "2.2.0"):
        assert expected in text
    assert said.to_dict()["identical"] is False
