"""Settings of a what-if: the product of what is asked, and errors that name key and allowed values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError
from include.replay.settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core


def test_without_any_it_is_the_one_in_force(folder: Path) -> None:
    (only,) = read_settings(folder, [])
    assert (only.in_force, only.name, only.changes) == (True, "in force", ())


def test_several_keys_give_their_product_with_the_one_in_force_first(folder: Path) -> None:
    found = read_settings(folder, ["monitoring.policy.cooldown_days=3,7", "gate.min_gain=0.0,0.01"])
    assert [(one.name, one.in_force) for one in found] == [
        ("cooldown_days=7 min_gain=0.0", True),
        ("cooldown_days=3 min_gain=0.0", False),
        ("cooldown_days=3 min_gain=0.01", False),
        ("cooldown_days=7 min_gain=0.01", False),
    ]
    assert [one.config.monitoring.policy.cooldown_days for one in found] == [7, 3, 3, 7]
    assert found[2].config.gate.min_gain == 0.01


def test_equal_settings_are_walked_once(folder: Path) -> None:
    found = read_settings(folder, ["monitoring.policy.cooldown_days=3,3,4"])
    assert [one.name for one in found] == ["in force", "cooldown_days=3", "cooldown_days=4"]


def test_values_are_those_of_yaml(folder: Path) -> None:
    found = read_settings(folder, ["estimator.parameters.max_iter=5", "split.out_of_time=false"])
    assert found[1].config.estimator.parameters["max_iter"] == 5
    assert found[1].config.split.out_of_time is False
    assert found[1].name == "max_iter=5 out_of_time=false"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["cooldown"], r"--set 'cooldown': expected key=value,value"),
        (["a.b="], r"--set 'a\.b=': expected key=value"),
        (["monitoring.policy.cooldwn_days=3"], r"cooldwn_days: unknown key .* did you mean 'cooldown_days'"),
        (["gate.confidence=2"], r"--set: gate\.confidence: found number 2; allowed: less than 1"),
        (["gate.min_gain.more=2"], r"gate\.min_gain holds no keys"),
        (["name=other"], r"--set name: a replay holds name, task, source"),
        (["task=regression"], r"--set task: a replay holds .*allowed: keys below window"),
        (["weight.column=limit"], r"--set weight\.column: a replay holds .*allowed: keys below window"),
        (["target.delay_days=3"], r"--set target\.delay_days: a replay holds .*allowed: keys below window"),
        (["gate.min_gain=[1"], r"can't be read as a list of YAML values"),
        (["gate.min_gain=0", "gate.min_gain=1"], r"names gate\.min_gain more than once"),
        (["gate.resamples=100"], r"gate\.resamples: this key has gone"),
        (["window.min_rows=many"], r"window\.min_rows: found text 'many'"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(folder: Path, asked: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_settings(folder, asked)
