"""A smoke test: golden requests of a version, sent to whatever should serve it. Knows nothing of Airflow."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.errors import ModelError
from include.serving.answers import compare_answer, longest_answer, served_version
from include.serving.golden import GoldenRequests
from include.serving.smoke import Asked, Observed, smoke_verdict
from mlops.tracking.evaluation_log import GOLDEN_REQUESTS

if TYPE_CHECKING:
    from include.verdicts import Verdict
    from mlops.serving.endpoint import Endpoint
    from mlops.tracking.model_registry import ModelRegistry

_QUOTED = 300  # characters of a message
_POLL = 1.0  # seconds between two looks at an endpoint


@dataclass(frozen=True, kw_only=True)
class Smoke:
    """A smoke test of one version.

    :param registry: the registered model.
    :param endpoint: what should serve it.
    :param version: the version.
    :param alias: the alias that was asked for; empty where it was a version.
    :param requests: how many answers are timed.
    :param budget_ms: what their 95th percentile may be, milliseconds; None for any.
    :param tolerance: largest difference; None for what was recorded with the version.
    """

    registry: ModelRegistry
    endpoint: Endpoint
    version: str
    alias: str = ""
    requests: int = 20
    budget_ms: float | None = None
    tolerance: float | None = None

    def run(self) -> Verdict:
        """Send the golden requests and return the verdict. Nothing that an endpoint does raises an error.

        :raises ModelError: the version is gone, or has no golden requests.
        """
        golden = read_golden(self.registry, self.version)
        body, longest = golden.body, longest_answer(golden)
        said = [self._says()]
        first = self.endpoint.invoke(body, longest)
        answers = []
        for _ in range(self.requests):
            answers.append(self.endpoint.invoke(body, longest))
            if answers[-1].problem:
                break  # one that hangs is not waited for twenty times
        said.append(self._says())
        observed = Observed(
            first=first,
            answers=answers,
            versions=tuple(one for one in said if one),
            alias_after=self.registry.aliases().get(self.alias) if self.alias else None,
        )
        asked = Asked(
            model=self.registry.model,
            version=self.version,
            url=self.endpoint.url,
            alias=self.alias,
            budget_ms=self.budget_ms,
            tolerance=self.tolerance,
        )
        return smoke_verdict(asked, golden, observed)

    def wait(self, seconds: float) -> bool:
        """Wait until the endpoint serves the version; return whether it does.

        One that says which version it serves is believed. Of any other a right answer is waited for.

        :param seconds: how long, at most; it is looked at once in any case.
        :raises ModelError: as :meth:`run`.
        """
        golden = read_golden(self.registry, self.version)
        until = time.monotonic() + seconds
        while True:
            found = self._says()
            if found:
                there = found == self.version
            else:
                difference = compare_answer(self.endpoint.invoke(golden.body, longest_answer(golden)), golden)
                tolerance = golden.tolerance if self.tolerance is None else self.tolerance
                there = not difference.problem and difference.largest <= tolerance
            if there or time.monotonic() + _POLL > until:
                return there
            time.sleep(_POLL)

    def _says(self) -> str:
        """Return the version that the endpoint says it serves, with what keeps it from serving this one."""
        found = served_version(self.endpoint.version())
        if found is None:
            return ""
        model = str(found.get("model") or self.registry.model)
        version = str(found["version"])
        if model != self.registry.model:
            return f"{version} of {model}"
        refused = found.get("refused")
        if isinstance(refused, dict) and str(refused.get("version")) == self.version:
            return (
                f"{version}, having refused version {self.version}: {str(refused.get('message'))[:_QUOTED]}"
            )
        return version


def read_golden(registry: ModelRegistry, version: str) -> GoldenRequests:
    """Return the golden requests of a version.

    :param registry: the registered model.
    :param version: its number.
    :raises ModelError: the version is gone, or was evaluated without any.
    :raises DataError: they are damaged.
    """
    found = registry.version(version)
    if found is None:
        raise ModelError(
            f"{registry.model} has no version {version}: it never had, or somebody deleted it. Choose one of "
            f"{registry.url(version).rpartition('/')[0]}"
        )
    hook = registry.hook
    if not found.run_id or not hook.has_artifact(found.run_id, GOLDEN_REQUESTS):
        raise ModelError(
            f"{registry.model} version {version} has no golden requests: run {found.run_id or 'unknown'} "
            f"holds no {GOLDEN_REQUESTS}, because it was evaluated by an earlier version of this project, or "
            "the evaluation's log says why. Train the model again with *force*."
        )
    try:
        stored = json.loads(hook.read_text(found.run_id, GOLDEN_REQUESTS))
    except ValueError:
        stored = None
    return GoldenRequests.from_dict(stored)
