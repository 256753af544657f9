"""What may be asked about, and what is said where there is no such thing."""

from __future__ import annotations

import pytest

from include.errors import ConfigError
from include.provenance.asked import Asked, parse_asked, unknown

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("credit_risk@champion", Asked(model="credit_risk", alias="champion")),
        ("credit_risk", Asked(model="credit_risk", alias="champion")),
        ("credit_risk@previous_champion", Asked(model="credit_risk", alias="previous_champion")),
        ("credit_risk@3", Asked(model="credit_risk", version="3")),
        ("credit_risk@v03", Asked(model="credit_risk", version="3")),
        ("credit_risk/12", Asked(model="credit_risk", version="12")),
        ("models/m/v1-a.parquet", Asked(file="models/m/v1-a.parquet")),
        ("s3://b/x.parquet", Asked(file="s3://b/x.parquet")),
    ],
)  # fmt: skip
def test_what_a_text_names(text, expected):
    assert parse_asked(text) == expected


@pytest.mark.parametrize("text", ["", "a/b/c", "a@b@c", "x.csv/1/2", "two words"])
def test_anything_else_is_refused_with_what_is_expected(text):
    with pytest.raises(ConfigError, match=r"names no version .* MODEL@VERSION .* file of .*\.parquet"):
        parse_asked(text)


def test_the_nearest_name_is_offered():
    error = unknown("model", "credit_rsk", ["flight_time", "credit_risk"], where="Look in MLflow.")
    assert str(error) == (
        "There is no model 'credit_rsk'. Did you mean 'credit_risk'? There are: credit_risk, flight_time. "
        "Look in MLflow."
    )


def test_what_begins_so_is_nearer_and_numbers_are_sorted_as_numbers():
    assert "Did you mean 'abcdef'?" in str(unknown("md5", "abc", ["xbc", "abcdef"], where=""))
    assert "There are: 1, 2, 10." in str(unknown("version", "77", ["10", "2", "1"], where=""))
    many = str(unknown("version", "77", map(str, range(30)), where=""))
    assert "11 and 18 more." in many
    assert "There are: none." in str(unknown("version", "7", [], where=""))
