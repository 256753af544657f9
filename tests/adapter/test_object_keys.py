from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from mlops import object_keys

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

KEYS = [value for name, value in vars(object_keys).items() if inspect.isfunction(value) and name[0] != "_"]


def example(make: Callable[..., str], **changes: str) -> str:
    required = [
        parameter.name
        for parameter in inspect.signature(make).parameters.values()
        if parameter.default is parameter.empty
    ]
    return make(**{name: changes.get(name, f"{name}-0123456789abcdef") for name in required})


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.__name__)
def test_a_key_begins_with_its_model_and_is_a_relative_path(key: Callable[..., str]) -> None:
    found = example(key, model="credit_risk")
    assert found.startswith("models/credit_risk/")
    assert not {"", ".", ".."} & set(found.split("/"))


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.__name__)
def test_a_key_depends_on_everything_it_is_derived_from(key: Callable[..., str]) -> None:
    names = [
        parameter.name
        for parameter in inspect.signature(key).parameters.values()
        if parameter.default is parameter.empty
    ]
    one = example(key)
    for name in names:
        assert example(key, **{name: "fedcba9876543210"}) != one, (
            f"{key.__name__}: {name} is not part of the key"
        )


def test_two_kinds_of_things_never_share_a_key() -> None:
    value = "0123456789abcdef0123456789abcdef"
    found = [example(key, **dict.fromkeys(inspect.signature(key).parameters, value)) for key in KEYS]
    assert len(set(found)) == len(KEYS)
