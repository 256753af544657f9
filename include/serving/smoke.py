"""The verdict of a smoke test: whether an endpoint serves a version, rightly and fast enough."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from include.reporting.numbers import show_exactly, show_number
from include.serving.answers import Difference, compare_answer
from include.verdicts import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.serving.answers import Answer
    from include.serving.golden import GoldenRequests

PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"
KIND = "smoke test"
ALIAS = "alias"
_SLOWEST = 0.95
_MOST_SHOWN = 3  # numbers of a row


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an endpoint should serve, and how fast.

    :param model: the model's name.
    :param version: the version that should be served.
    :param url: the endpoint.
    :param alias: the alias that was asked for; empty where it was a version.
    :param budget_ms: what the 95th percentile of the answers' times may be, milliseconds; None for any.
    :param tolerance: largest difference, as a part of the unit; None for that of the golden requests.
    """

    model: str
    version: str
    url: str
    alias: str = ""
    budget_ms: float | None = None
    tolerance: float | None = None


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What the endpoint did.

    :param first: the answer to the first request, which warms it up and is not timed.
    :param answers: the answers to the same request that followed.
    :param versions: what it said it serves, before and after; empty where it does not say.
    :param alias_after: the version that the alias leads to after the last answer; empty without one.
    """

    first: Answer
    answers: Sequence[Answer]
    versions: tuple[str, ...] = ()
    alias_after: str | None = None


def smoke_verdict(asked: Asked, golden: GoldenRequests, observed: Observed) -> Verdict:
    """Return whether an endpoint serves a version, rightly and fast enough.

    :param asked: what it should do.
    :param golden: the requests of that version.
    :param observed: what it did.
    """
    tolerance = golden.tolerance if asked.tolerance is None else asked.tolerance
    differences = [compare_answer(one, golden) for one in (observed.first, *observed.answers)]
    times = [one.seconds * 1000 for one in observed.answers]
    reasons = (
        _answers(differences),
        _version(asked, observed),
        _predictions(differences, len(golden.rows), tolerance),
        _latency(asked, times, complete=not any(one.problem for one in differences)),
        _alias(asked, observed),
    )
    failed = [reason for reason in reasons if reason.passed is False]
    decision = FAIL if failed else PASS
    if any(reason.rule == ALIAS for reason in failed):
        decision = INCONCLUSIVE
        failed = [reason for reason in failed if reason.rule == ALIAS]
    name = f"{asked.model} version {asked.version}" + (f" ({asked.alias})" if asked.alias else "")
    return Verdict(
        kind=KIND,
        decision=decision,
        subject=f"{name} at {asked.url}",
        summary=_summary(decision, failed, name),
        reasons=reasons,
        inputs={
            "model": asked.model,
            "version": asked.version,
            "alias": asked.alias,
            "url": asked.url,
            "rows": len(golden.rows),
            "requests": len(observed.answers),
            "largest_difference": max((one.largest for one in differences if not one.problem), default=None),
            "median_ms": median(times) if times else None,
            "p95_ms": slowest(times) if times else None,
        },
        thresholds={"tolerance": tolerance, "budget_ms": asked.budget_ms},
        counterfactuals=_counterfactuals(decision, failed, asked),
    )


def slowest(times: Sequence[float]) -> float:
    """Return the 95th percentile of some times: the smallest that so many do not exceed.

    :param times: at least one.
    """
    return sorted(times)[math.ceil(_SLOWEST * len(times)) - 1]


def _answers(differences: Sequence[Difference]) -> Reason:
    bad = [one.problem for one in differences if one.problem]
    total = len(differences)
    found = f"{total - len(bad)} of {total} requests"
    if bad:
        found += f"; {bad[0]}"
    return Reason(
        rule="answers", passed=not bad, found=found, required="a prediction for each row, each time"
    )


def _version(asked: Asked, observed: Observed) -> Reason:
    required = f"version {asked.version}"
    if not observed.versions:
        return Reason(rule="version", passed=None, found="the endpoint does not say", required=required)
    others = [one for one in observed.versions if one != asked.version]
    found = f"version {(others or observed.versions)[0]}"
    return Reason(rule="version", passed=not others, found=found, required=required)


def _predictions(differences: Sequence[Difference], rows: int, tolerance: float) -> Reason:
    limit = (
        f"a difference of {show_exactly(tolerance)} at most" if tolerance else "the same to the last digit"
    )
    comparable = [one for one in differences if not one.problem]
    if not comparable:
        return Reason(rule="predictions", passed=None, found="none", required=limit)
    worst = max(comparable, key=lambda one: one.largest)
    found = f"{rows} rows as recorded, to the last digit"
    if worst.largest:
        found = (
            f"largest difference {show_number(worst.largest)}, in row {worst.row}: {_few(worst.found)}, "
            f"recorded {_few(worst.recorded)}"
        )
    return Reason(rule="predictions", passed=worst.largest <= tolerance, found=found, required=limit)


def _few(values: Sequence[float]) -> str:
    shown = ", ".join(map(repr, values[:_MOST_SHOWN]))
    return shown if len(values) <= _MOST_SHOWN else f"{shown}, ..."


def _latency(asked: Asked, times: Sequence[float], *, complete: bool) -> Reason:
    required = (
        "any" if asked.budget_ms is None else f"95th percentile of {show_exactly(asked.budget_ms)} ms at most"
    )
    if not times or not complete:
        return Reason(rule="latency", passed=None, found="not all requests were answered", required=required)
    found = (
        f"95th percentile {show_number(slowest(times))} ms, median {show_number(median(times))} ms of "
        f"{len(times)} requests"
    )
    passed = None if asked.budget_ms is None else slowest(times) <= asked.budget_ms
    return Reason(rule="latency", passed=passed, found=found, required=required)


def _alias(asked: Asked, observed: Observed) -> Reason:
    required = f"version {asked.version} before and after"
    if not asked.alias:
        return Reason(rule=ALIAS, passed=None, found="a version was asked for", required="no alias")
    after = observed.alias_after
    found = f"{asked.alias} leads to " + (f"version {after}" if after else "nothing") + " now"
    return Reason(rule=ALIAS, passed=after == asked.version, found=found, required=required)


def _summary(decision: str, failed: Sequence[Reason], name: str) -> str:
    if decision == PASS:
        return f"the endpoint serves {name} as it was evaluated"
    first = failed[0]
    if decision == INCONCLUSIVE:
        return f"somebody moved the alias during the test ({first.found}): nothing can be said"
    return f"{first.rule}: {first.found}"


def _counterfactuals(decision: str, failed: Sequence[Reason], asked: Asked) -> tuple[str, ...]:
    if decision == PASS:
        return ()
    if decision == INCONCLUSIVE:
        return (f"another test, of what {asked.alias} leads to now",)
    return tuple(f"{reason.rule}: {reason.required}" for reason in failed)
