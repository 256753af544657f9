"""Check the statistics of drift and the counts of the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.checks.content import are_numbers, mapping_at, text_at, texts_at, value_at
from include.config.config_errors import ConfigIssue, Key, one_of, shown_value
from include.config.drift_statistics import CHOSEN, DEFAULTS, STATISTICS, Kind, names_for
from include.config.monitoring_schema import Policy

if TYPE_CHECKING:
    from collections.abc import Iterator


_KINDS: tuple[Kind, ...] = ("numeric", "categorical")


def policy_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that the policy does not ask for more breaches than it looks at windows."""
    key: Key = ("monitoring", "policy")
    if not isinstance(value_at(content, key), dict):
        return
    windows, breaches = (
        value_at(content, (*key, field))
        if field in mapping_at(content, key)
        else Policy.model_fields[field].default
        for field in ("windows", "breaches")
    )
    if are_numbers([windows, breaches]) and windows >= 1 and breaches > windows:
        yield ConfigIssue(
            (*key, "breaches" if "breaches" in mapping_at(content, key) else "windows"),
            f"{breaches:g} breaches can't be found in {windows:g} "
            f"window{'s' if windows > 1 else ''}, so nothing would ever be retrained; expected breaches at "
            "most as large as windows",
        )


def drift_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that each kind of column is watched with a statistic that is for it."""
    for kind in _KINDS:
        yield from _statistic(content, ("monitoring", "drift", kind), kind)
    key: Key = ("monitoring", "drift", "columns")
    features = {name: kind for kind in _KINDS for name in texts_at(content, ("features", kind))}
    for name in mapping_at(content, key):
        if not isinstance(name, str):
            continue
        if name not in features:
            yield ConfigIssue((*key, name), f"{name!r} is not a feature; {one_of(features, name)}")
            continue
        yield from _statistic(content, (*key, name), features[name])
        own = mapping_at(content, (*key, name))
        usual = text_at(content, ("monitoring", "drift", features[name], "statistic"))
        usual = usual or DEFAULTS[features[name]]
        if own.get("statistic", usual) != usual and own.get("threshold") is None:
            text = f"{own['statistic']} has another unit than {usual}: add a threshold for this column"
            yield ConfigIssue((*key, name, "statistic"), text)


def _statistic(content: dict[str, Any], section: Key, kind: Kind) -> Iterator[ConfigIssue]:
    """Check that a section of limits has a statistic for its kind of column, and a threshold it can reach."""
    key = (*section, "statistic")
    name, allowed = text_at(content, key), names_for(kind)
    if name is not None and name not in allowed:
        other = name in STATISTICS and STATISTICS[name].threshold_key == CHOSEN
        found = f"{name!r} is not for {kind} columns" if other else f"unknown statistic {name!r}"
        yield ConfigIssue(key, f"{found}; {one_of(allowed, name)}")
        return
    usual = text_at(content, ("monitoring", "drift", kind, "statistic"))
    name = name or (usual if usual in allowed else None) or DEFAULTS[kind]
    threshold, highest = mapping_at(content, section).get("threshold"), STATISTICS[name].highest
    if threshold is not None and are_numbers([threshold]) and threshold >= highest:
        text = f"found {shown_value(threshold)}; {name} never exceeds {highest:g}"
        yield ConfigIssue((*section, "threshold"), f"{text}: choose a number below it")
