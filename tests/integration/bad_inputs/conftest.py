"""The checks that go with every refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest
from airflow.sdk import RetryAction
from airflow.sdk.exceptions import AirflowSkipException

from mlops.defaults import RETRY_POLICY
from tests.integration.bad_inputs.documented import check_documented

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.errors import MlopsError
    from tests.world.dag_run import DagRun
    from tests.world.world import World


class Refusal(Protocol):
    """Run until a task refuses what came in, and check everything that goes with it."""

    def __call__(
        self,
        what: str,
        pipeline: DagRun,
        task: str,
        error: type[MlopsError],
        *says: str,
        retried: bool = False,
    ) -> str: ...


class Waits(Protocol):
    """Run until there is not enough to go on with, and check everything that goes with it."""

    def __call__(self, what: str, pipeline: DagRun, *says: str) -> None: ...


class Printed(Protocol):
    """Compare an error or a summary with the page for on-call; it is kept in the test's report, too."""

    def __call__(self, what: str, task: str, said: Exception | str) -> None: ...


@pytest.fixture
def evaluated(world: World) -> DagRun:
    """A registered candidate, the champion's own model again, whose test set and scores lie in the store."""
    return world.candidate()


@pytest.fixture
def printed(world: World, record_property: Callable[[str, object], None]) -> Printed:
    """Compare what a task printed with the catalogue behind docs/bad-input.md."""

    def check(what: str, task: str, said: Exception | str) -> None:
        text = world.shown(said if isinstance(said, str) else f"{type(said).__name__}: {said}")
        record_property("bad_input", f"{what} | {task} | {text}")
        check_documented(what, task, text)

    return check


@pytest.fixture
def waits(world: World, printed: Printed) -> Waits:
    """Check that `prepare` ends the run, green, with what words, and what stays."""

    def check(what: str, pipeline: DagRun, *says: str) -> None:
        before = world.in_production()
        with pytest.raises(AirflowSkipException) as caught:
            pipeline.run()
        assert pipeline.begun == "prepare"
        for words in says:
            assert words in str(caught.value), f"{words!r} is not in: {caught.value}"
        assert world.in_production() == before, "waiting moved something in production"
        printed(what, "prepare", f"skipped: {caught.value}")

    return check


@pytest.fixture
def refused(world: World, printed: Printed) -> Refusal:
    """Check that a task refuses: which one, with what words, what Airflow does next, and what stays."""

    def check(
        what: str, pipeline: DagRun, task: str, error: type[MlopsError], *says: str, retried: bool = False
    ) -> str:
        before = world.in_production()
        with pytest.raises(error) as caught:
            pipeline.run()
        message = str(caught.value)
        assert pipeline.begun == task, f"{pipeline.begun} refused, not {task}: {message}"
        assert type(caught.value) is error, message
        for words in says:
            assert words in message, f"{words!r} is not in: {message}"
        decision = RETRY_POLICY.evaluate(caught.value, 1, 4)
        assert decision.action is (RetryAction.RETRY if retried else RetryAction.FAIL)
        assert world.in_production() == before, "a bad input moved something in production"
        printed(what, task, caught.value)
        return message

    return check
