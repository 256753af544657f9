"""Windows and decisions as the tests of the policy write them down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from include.config.monitoring_schema import Policy
from include.monitoring.policy.decide import Decision, decide
from include.monitoring.policy.inputs import Champion, PolicyState, WindowFinding

MAY, JUNE, JULY, AUGUST, SEPTEMBER = (
    f"2005-{month}" for month in ("05-31", "06-30", "07-31", "08-31", "09-30")
)
CHAMPION = Champion(version="3", newest_labels=JUNE)
LIMITS = Policy(windows=3, breaches=1, cooldown_days=7, min_new_labels=1000)
TWO_OF_THREE = Policy(windows=3, breaches=2, cooldown_days=7, min_new_labels=1000)


def window(partition: str, performance: str | None = None, drift: str | None = None) -> WindowFinding:
    """Return what was found in one delivery."""
    return WindowFinding(partition=partition, performance=performance, drift=drift)


def bad(partition: str) -> WindowFinding:
    """Return a delivery that broke its contract."""
    return WindowFinding(partition=partition, bad_data=True)


def policy(*findings: WindowFinding, **changes: Any) -> Decision:
    """Decide as of 30 September about version 3 with 2,000 new labels, unless told otherwise."""
    usual: dict[str, Any] = {
        "model": "credit_risk",
        "champion": CHAMPION,
        "as_of": SEPTEMBER,
        "new_labels": 2000,
        "state": PolicyState(),
        "limits": LIMITS,
        "today": datetime.now(UTC).date(),
    }
    return decide(findings, **{**usual, **changes})


def outcome(decision: Decision, rule: str) -> bool | None:
    """Return how a rule came out."""
    return next(reason.passed for reason in decision.verdict.reasons if reason.rule == rule)


def found(decision: Decision, rule: str) -> str:
    """Return what a rule found."""
    return next(reason.found for reason in decision.verdict.reasons if reason.rule == rule)
