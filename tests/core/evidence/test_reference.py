"""A version is named by alias or number; a name alone means the champion."""

from __future__ import annotations

import pytest

from include.errors import ConfigError
from include.evidence.reference import VersionReference

pytestmark = pytest.mark.core

ALIASES = {"champion": "3", "previous_champion": "2"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("loans", "3"),
        ("loans@champion", "3"),
        ("loans@previous_champion", "2"),
        ("loans/7", "7"),
        ("loans@12", "12"),
    ],
)
def test_a_version_by_alias_or_number(text: str, number: str) -> None:
    assert VersionReference.parse(text).number(ALIASES) == number


@pytest.mark.parametrize(
    "text", ["", "Loans", "loans@", "loans/", "loans/0", "loans/x", "a@b@c", "loans champion"]
)
def test_anything_else_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(ConfigError, match="MODEL@ALIAS"):
        VersionReference.parse(text)


def test_an_unknown_alias_gets_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Did you mean loans@champion\? It has champion \(version 3\)"):
        VersionReference.parse("loans@champoin").number(ALIASES)


def test_a_model_without_aliases_says_so() -> None:
    with pytest.raises(ConfigError, match="no version was ever"):
        VersionReference.parse("loans").number({})
