from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from mlops import object_keys

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

PLACES = [value for name, value in vars(object_keys).items() if inspect.isfunction(value) and name[0] != "_"]


def place_of(place: Callable[..., str], **changes: str) -> str:
    required = [
        parameter.name
        for parameter in inspect.signature(place).parameters.values()
        if parameter.default is parameter.empty
    ]
    return place(**{name: changes.get(name, f"{name}-0123456789abcdef") for name in required})


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_place_lies_with_its_model_and_is_a_relative_path(place: Callable[..., str]) -> None:
    found = place_of(place, model="credit_risk")
    assert found.startswith("models/credit_risk/")
    assert not {"", ".", ".."} & set(found.split("/"))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_place_depends_on_all_that_it_is_derived_from(place: Callable[..., str]) -> None:
    names = [
        parameter.name
        for parameter in inspect.signature(place).parameters.values()
        if parameter.default is parameter.empty
    ]
    one = place_of(place)
    for name in names:
        assert place_of(place, **{name: "fedcba9876543210"}) != one, f"{place.__name__}: {name} plays no part"


def test_two_kinds_of_things_never_share_a_place() -> None:
    value = "0123456789abcdef0123456789abcdef"
    found = [place_of(place, **dict.fromkeys(inspect.signature(place).parameters, value)) for place in PLACES]
    assert len(set(found)) == len(PLACES)
