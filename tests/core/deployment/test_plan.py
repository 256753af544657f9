"""Which version is meant, and by which id a deployment is known in both ledgers."""

from __future__ import annotations

import pytest

from include.deployment.plan import (
    EarlierTry,
    check_alone,
    check_apart,
    find_version,
    identify,
    parse_reference,
)
from include.errors import ConfigError, InputError, StaleDecisionError

pytestmark = pytest.mark.core


def test_a_reference_names_a_model_and_a_version():
    assert parse_reference("credit_risk@3") == ("credit_risk", "3")
    assert parse_reference("credit_risk") == ("credit_risk", "champion")
    for wrong in ("", "@champion", "a@b@c", "credit_risk@"):
        with pytest.raises(InputError, match="names no version"):
            parse_reference(wrong)


def test_an_alias_that_is_not_there_gets_the_nearest():
    aliases = {"champion": "2", "challenger": "3"}
    assert find_version(aliases, "champion", model="m", environment="staging") == "2"
    assert find_version(aliases, "07", model="m", environment="staging") == "7"
    with pytest.raises(InputError, match=r"m has no champoin in staging; .*did you mean 'champion'"):
        find_version(aliases, "champoin", model="m", environment="staging")


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
