"""How the process of a reproducibility check may end; real checks are in tests/integration."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import InfrastructureError, ModelError, TrackingError
from mlops.tracking import reproducibility
from mlops.tracking.reproducibility import ReproducibilityRequest, ReproducibilityResult, check_in_new_process

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

ORDER = ReproducibilityRequest(
    server={"tracking_uri": "http://127.0.0.1:9", "password": "secret"},
    uri="models:/m/3", config={"name": "m"}, test="/t.parquet", scores="/s.parquet",
)  # fmt: skip


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[list[str], dict[str, Any]]]]:
    """Return a function that settles how the process ends, and returns the list of what is started."""

    def settle(
        code: int = 0, out: str = "", err: str = "", error: Exception | None = None
    ) -> list[tuple[list[str], dict[str, Any]]]:
        started: list[tuple[list[str], dict[str, Any]]] = []

        def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
            started.append((command, options))
            if error is not None:
                raise error
            return subprocess.CompletedProcess(command, code, stdout=out, stderr=err)

        monkeypatch.setattr(subprocess, "run", run)
        return started

    return settle


def result(difference: float) -> str:
    return json.dumps({"rows": 500, "largest_difference": difference, "tolerance": 1e-9})


def test_a_model_that_reproduces_its_predictions_passes(ends: Callable[..., Any]) -> None:
    ends(out=f"a line that some library printed\n{result(0.0)}\n")
    assert check_in_new_process(ORDER) == ReproducibilityResult(
        rows=500, largest_difference=0.0, tolerance=1e-9
    )


def test_the_order_travels_through_a_pipe_and_not_in_the_arguments(ends: Callable[..., Any]) -> None:
    started = ends(out=result(0.0))
    check_in_new_process(ORDER)
    ((command, options),) = started
    assert "secret" not in " ".join(command)
    assert "secret" not in str(options["env"].values())
    assert json.loads(options["input"])["server"]["password"] == "secret"


@pytest.mark.parametrize("difference", [1e-6, float("nan"), float("inf")])
def test_a_model_that_does_not_is_refused(ends: Callable[..., Any], difference: float) -> None:
    ends(out=result(difference))
    with pytest.raises(
        ModelError, match=r"models:/m/3 does not repeat the predictions of its evaluation.*500 rows"
    ):
        check_in_new_process(ORDER)


def test_a_process_that_found_a_fault_says_what(ends: Callable[..., Any]) -> None:
    ends(code=1, err="ModelError: needs a type that nobody reviewed")
    with pytest.raises(
        ModelError, match="models:/m/3 failed its reproducibility check: ModelError: needs a type"
    ):
        check_in_new_process(ORDER)


def test_a_process_that_met_an_outage_is_worth_a_retry(ends: Callable[..., Any]) -> None:
    ends(code=75, err="TrackingError: MLflow could not")
    with pytest.raises(InfrastructureError, match="TrackingError"):
        check_in_new_process(ORDER)


def test_a_process_that_was_killed_is_worth_a_retry(ends: Callable[..., Any]) -> None:
    ends(code=-9)
    with pytest.raises(InfrastructureError, match=r"killed by signal 9.*memory"):
        check_in_new_process(ORDER)


def test_a_process_that_hangs_is_worth_a_retry(ends: Callable[..., Any]) -> None:
    ends(error=subprocess.TimeoutExpired(["python"], 600))
    with pytest.raises(InfrastructureError, match="did not finish its reproducibility check within 600 s"):
        check_in_new_process(ORDER)


class TestProcess:
    """The other side of the pipe."""

    @pytest.fixture(autouse=True)
    def order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import io
        from dataclasses import asdict

        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(asdict(ORDER))))

    def fail(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        def run(order: ReproducibilityRequest) -> ReproducibilityResult:
            assert order == ORDER
            raise error

        monkeypatch.setattr(reproducibility, "compare_predictions", run)

    @pytest.mark.parametrize(("error", "code"), [(ModelError("x"), 1), (TrackingError("x"), 75)])
    def test_its_code_says_whether_to_try_again(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        error: Exception,
        code: int,
    ) -> None:
        self.fail(monkeypatch, error)
        assert reproducibility.main() == code
        assert capsys.readouterr().err == f"{type(error).__name__}: x\n"

    def test_a_result_is_its_last_line(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = ReproducibilityResult(rows=3, largest_difference=0.5, tolerance=0.1)
        monkeypatch.setattr(reproducibility, "compare_predictions", lambda order: found)
        assert reproducibility.main() == 0
        assert ReproducibilityResult(**json.loads(capsys.readouterr().out)) == found
