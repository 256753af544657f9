from __future__ import annotations

import ast
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.config.drift_statistics import STATISTICS
from include.names import INTERNAL, internal, mlflow_key, quoted, shown, shown_all

pytestmark = pytest.mark.core

ANY = st.text(st.characters(exclude_categories=()))  # lone surrogates too
ALIKE = [
    ("é", "e\u0301"),
    ("Å", "\u212b"),
    ("a", "a "),
    ("a b", "a  b"),
    ("a\u00a0b", "a b"),
    ("a\u200bb", "ab"),
    ("a\u3164", "a"),
    ("pay", "p\u0430y"),
    ("missing", "'missing'"),
    ("", "''"),
    ("a\\nb", "a\nb"),
    ("\\x1b", "\x1b"),
    ("a\u202eb", "ab"),
    ("\u0301", ""),
    ("x" * 300, "x" * 301),
    ("1.0", "1"),
    ("nan", "NaN"),
    ("a\ufe0f", "a"),
]


@pytest.mark.parametrize(
    "name", ["sex", "credit limit", "größe (cm)", "it's", "日本", "50 %", "a|b", "$5-$9"]
)
def test_a_plain_name_is_shown_as_it_is(name):
    assert shown(name) == name


@pytest.mark.parametrize(
    "name", ["missing", "Missing", "nan", "None", "null", "other", "predictions", "total"]
)
def test_a_word_of_ours_is_shown_in_quotes(name):
    assert shown(name) == f"'{name}'"


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_look_alike_are_not_shown_alike(one, other):
    assert shown(one) != shown(other)
    assert " ".join(shown(one).split()) != " ".join(shown(other).split())
    assert mlflow_key("k_", one) != mlflow_key("k_", other)


def test_letters_of_two_alphabets_are_told_apart_side_by_side():
    assert shown_all(["\u041c", "M", "\u0416"]) == [r"'\u041c'", "M", "\u0416"]
    assert shown_all(["\u041c", "\u0416"]) == ["\u041c", "\u0416"]


def test_a_long_name_keeps_what_tells_it_from_others():
    names = [f"{'x' * 200}{number}" for number in range(500)]
    assert len({shown(name, 20) for name in names}) == 500
    assert {len(shown(name, 20)) for name in names} == {20}


@given(ANY)
@example("\ud800")
@example("'")
@example("…01234567")
@example(":::group::")
@example(":::endgroup::::group::")
def test_what_is_shown_is_one_line_and_leads_back_to_the_name(name):
    text = shown(name, 10_000_000)
    assert (ast.literal_eval(text) if text[0] in "'\"" else text) == name
    assert ast.literal_eval(quoted(name)) == name
    assert text.isprintable()
    assert text == text.strip()
    assert "  " not in text
    assert not {"::group::", "::endgroup::"} & {text[at : at + n] for at in range(len(text)) for n in (9, 12)}
    assert not unicodedata.category(text[0]).startswith("M")


@given(st.sets(ANY, min_size=2), st.integers(12, 80))
def test_no_two_names_are_shown_alike(names, width):
    assert len({shown(name, width) for name in names}) == len(names)
    assert len(set(shown_all(sorted(names), width))) == len(names)
    assert all(len(shown(name, width)) <= width for name in names)


@given(st.sets(ANY, min_size=1), st.sampled_from(["drift_ks_", "estimator."]))
@example(
    {"a//b", "a/", "a/./b", "a_b", "a_b-" + "0" * 16, "predictions", "a" * 241, "a" * 242, ".", "..", "/"},
    "drift_ks_",
)
def test_a_key_is_short_stable_and_never_that_of_another_name(names, prefix):
    keys = {mlflow_key(prefix, name, taken={"predictions"}) for name in names}
    assert len(keys) == len(names)
    assert f"{prefix}predictions" not in keys
    for key in keys:
        assert 0 < len(key) <= 250
        assert key == key.strip()
    assert keys == {mlflow_key(prefix, name, taken={"predictions"}) for name in names}


@pytest.mark.parametrize("name", ["credit_limit", "km / h", "größe (cm)", "a.b", "x" * 241])
def test_a_key_that_mlflow_takes_is_the_name_itself(name):
    assert mlflow_key("drift_ks_", name) == f"drift_ks_{name}" or "(" in name


def test_no_key_of_a_statistic_begins_another():
    prefixes = [f"drift_{name}_" for name in STATISTICS]
    assert not [(a, b) for a in prefixes for b in prefixes if a != b and b.startswith(a)]


def test_columns_of_ours_have_a_prefix():
    assert internal("score") == f"{INTERNAL}score"
