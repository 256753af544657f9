"""Evidence that a champion should be replaced: which windows broke a limit, and which one outranks which.

Three ways lead to it, and each outranks those after it:

1. **Performance.** Among the last ``windows`` deliveries whose labels are mature, the newest is worse than
   allowed and so are at least ``breaches`` of them.
2. **Drift.** Where labels are not mature yet, impactful drift stands in for them. Among the last
   ``windows`` deliveries that performance or drift has evaluated, the newest breaks its limit and so do at
   least ``breaches``.
3. **Age.** Where neither calls for one, or what does was acted on already: the champion was trained
   ``max_age_days`` ago, or twice, three times as long. Each of these days is evidence of its own.

A delivery whose realised performance is good is not a breach, whatever drifted in it. A delivery that is
newer than the last mature one can't be good already, so there drift counts. "N of the last M, the newest
among them" is the rule of databricks/mlops-stacks, ``metric_violation_check_query.py``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from include.monitoring.policy.inputs import RETRAIN_PREFIX, as_date
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.config.monitoring_schema import Policy
    from include.monitoring.policy.inputs import Champion, WindowFinding

PERFORMANCE, DRIFT, AGE = "performance", "drift", "age"
_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The windows that call for a retraining.

    :param kind: what the newest of them broke: the limit of ``performance`` or that of ``drift``; or ``age``.
    :param worse: partitions in which performance is worse than allowed, oldest first.
    :param drifted: partitions in which drift is impactful and performance is not known, oldest first.
    :param trained: as-of date of the champion's training, where it is too old.
    :param due: ISO date since which it is to be examined again, where it is too old.
    """

    kind: str
    worse: tuple[str, ...] = ()
    drifted: tuple[str, ...] = ()
    trained: str = ""
    due: str = ""

    @property
    def windows(self) -> tuple[str, ...]:
        """All partitions, oldest first."""
        return tuple(sorted(self.worse + self.drifted))

    def digest(self, model: str, version: str) -> str:
        """Return the name of this evidence against a champion: the same on every day it is looked at.

        :param model: name of the model.
        :param version: the champion's version.
        :return: 16 hexadecimal digits.
        """
        content = to_json([model, version, self.kind, *self.windows, *([self.due] if self.due else [])])
        return hashlib.sha256(content.encode()).hexdigest()[:_DIGITS]

    def describe(self) -> str:
        """Return the evidence as a person would say it."""
        if self.kind == AGE:
            return f"the champion was trained as of {self.trained} and was to be examined again on {self.due}"
        parts = (("performance is worse", self.worse), ("drift is impactful", self.drifted))
        ordered = parts if self.kind == PERFORMANCE else reversed(parts)
        return " and ".join(f"{what} in {', '.join(windows)}" for what, windows in ordered if windows)


def retraining_run_id(version: str, evidence: str) -> str:
    """Return the run id of the retraining that evidence leads to: the same evidence has the same run id.

    :param version: the champion's version.
    :param evidence: digest of the evidence.
    """
    return f"{RETRAIN_PREFIX}{version}__{evidence}"


def find_age(champion: Champion, as_of: str, limits: Policy) -> Evidence | None:
    """Return that a champion is to be examined again because of its age, or None.

    :param champion: the version in production.
    :param as_of: as-of date of the decision (ISO).
    :param limits: ``monitoring.policy`` of ``model.yaml``.
    """
    if limits.max_age_days is None or not champion.trained:
        return None
    trained = as_date(champion.trained, "the as-of date of the champion's training")
    times = (as_date(as_of, "the date of the decision") - trained).days // limits.max_age_days
    if times < 1:
        return None
    due = trained + timedelta(days=times * limits.max_age_days)
    return Evidence(kind=AGE, trained=champion.trained, due=due.isoformat())


def find_evidence(findings: Sequence[WindowFinding], limits: Policy) -> Evidence | None:
    """Return what calls for a retraining, or None.

    :param findings: windows, oldest first.
    :param limits: ``monitoring.policy`` of ``model.yaml``.
    """
    mature = [finding for finding in findings if finding.is_mature]
    evaluated = [finding for finding in findings if finding.is_evaluated]
    for recent in (mature[-limits.windows :], evaluated[-limits.windows :]):
        breaches = [finding for finding in recent if finding.is_breach]
        if recent and recent[-1].is_breach and len(breaches) >= limits.breaches:
            return Evidence(
                kind=PERFORMANCE if recent[-1].is_mature else DRIFT,
                worse=tuple(finding.partition for finding in breaches if finding.is_mature),
                drifted=tuple(finding.partition for finding in breaches if not finding.is_mature),
            )
    return None
