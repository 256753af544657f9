"""Which version is meant, and by which id a deployment is known in both ledgers."""

from __future__ import annotations

import pytest

from include.deployment.plan import (
    EarlierTry,
    check_alone,
    check_apart,
    identify,
)
from include.errors import ConfigError, StaleDecisionError

pytestmark = pytest.mark.core


def test_an_environment_is_not_deployed_into_itself():
    check_apart("staging", "production")
    with pytest.raises(ConfigError, match="both name 'staging'"):
        check_apart("staging", "staging")


def test_a_try_finds_its_id_until_it_was_abandoned():
    first = identify("m", "run", "staging", "production", [])
    open_try = EarlierTry(identifier=first, open=True, abandoned=False)
    done = EarlierTry(identifier=first, open=False, abandoned=False)
    gone = EarlierTry(identifier=first, open=False, abandoned=True)
    assert identify("m", "run", "staging", "production", [open_try]) == first
    assert identify("m", "run", "staging", "production", [done]) == first
    again = identify("m", "run", "staging", "production", [gone])
    assert again != first
    assert identify("m", "other", "staging", "production", []) != first
    assert identify("m", "run", "staging", "canary", []) != first


def test_another_one_under_way_is_refused():
    check_alone("m", "a", "a", "this")
    with pytest.raises(
        StaleDecisionError, match=r"version 2 of staging is under way .decision b.: nothing was"
    ):
        check_alone("m", "a", "b", "version 2 of staging")
