"""A version is named by alias or number; a name alone means the champion."""

from __future__ import annotations

import pytest

from include.errors import ConfigError
from include.promotion.version_reference import VersionReference

pytestmark = pytest.mark.core

ALIASES = {"champion": "3", "previous_champion": "2"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("loans", "3"),
        ("loans@champion", "3"),
        ("loans@previous_champion", "2"),
        ("loans/7", "7"),
        ("loans@v07", "7"),
        ("Another-1@champion", "3"),
        ("loans@12", "12"),
    ],
)
def test_a_version_by_alias_or_number(text: str, number: str) -> None:
    assert VersionReference.parse(text).number(ALIASES) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@champion",
        "loans@",
        "loans/",
        "loans/0",
        "loans@00",
        "loans@1.5",
        "loans@\u0663",
        "loans/x",
        "a@b@c",
        "loans champion",
        "loans@champion\n",
    ],
)
def test_anything_else_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(ConfigError, match="MODEL@ALIAS"):
        VersionReference.parse(text)


def test_an_unknown_alias_gets_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Did you mean loans@champion\? It has champion \(version 3\)"):
        VersionReference.parse("loans@champoin").number(ALIASES)


def test_where_aliases_were_looked_for_is_said() -> None:
    with pytest.raises(ConfigError, match="has no alias 'x' in staging"):
        VersionReference.parse("loans@x").number(ALIASES, "staging")


@pytest.mark.parametrize(
    ("which", "number"),
    [
        ("champion", "3"),
        ("@champion", "3"),
        ("07", "7"),
        (" v7", "7"),
        ("loans@champion", "3"),
        ("loans/7", "7"),
    ],
)
def test_a_version_of_a_known_model(which: str, number: str) -> None:
    assert VersionReference.of("loans", which).number(ALIASES) == number


@pytest.mark.parametrize("which", ["", "0", "-1", "a b", "1e3"])
def test_what_is_neither_alias_nor_number_is_refused(which: str) -> None:
    with pytest.raises(ConfigError, match="names no version of loans: expected an alias"):
        VersionReference.of("loans", which)


def test_a_model_without_aliases_says_so() -> None:
    with pytest.raises(ConfigError, match="no version was ever"):
        VersionReference.parse("loans").number({})


@pytest.mark.parametrize("which", ["leases@champion", "leases/3"])
def test_a_version_of_another_model_is_refused(which: str) -> None:
    with pytest.raises(ConfigError, match=f"'{which}' is a version of leases; expected one of loans"):
        VersionReference.of("loans", which)
