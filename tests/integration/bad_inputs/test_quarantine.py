"""A snapshot in breach of its contract stays unused, whatever is skipped or cleared, until somebody acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from airflow.sdk import RetryAction

from include.errors import QuarantinedDataError
from include.validation.report import ContractBreach
from mlops.cli.__main__ import main
from mlops.defaults import RETRY_POLICY
from mlops.hooks.data_registry import DataRegistryHook
from tests.world.world import MODEL, NEXT

if TYPE_CHECKING:
    from tests.integration.bad_inputs.conftest import Printed, Refusal
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

ADULTS = "kwargs: {column: age, min_value: 18, max_value: 120}"
ANYBODY = "kwargs: {column: age, min_value: 0, max_value: 120}"


@pytest.fixture
def md5(world: World) -> str:
    """A delivery with a child among the customers, validated and quarantined."""
    file = world.accounts()
    lines = [line.split(",") for line in file.read_text().splitlines()]
    lines[5][lines[0].index("age")] = "7"
    file.write_text("\n".join(map(",".join, lines)) + "\n")
    with pytest.raises(ContractBreach):
        world.pipeline().run("validate")
    return DataRegistryHook().pointers(MODEL)["features", NEXT].md5


def test_nobody_trains_on_it_even_if_validation_is_skipped(world: World, printed: Printed, md5: str) -> None:
    before = world.in_production()
    pipeline = world.pipeline()
    pipeline.run("extract")
    with pytest.raises(QuarantinedDataError) as caught:
        pipeline.run_task("prepare")
    message = str(caught.value)
    assert f"{MODEL}/features/{NEXT}.parquet is quarantined" in message
    assert f"bin/mlops quarantine {MODEL} --release {md5}" in message
    assert RETRY_POLICY.evaluate(caught.value, 1, 4).action is RetryAction.FAIL
    assert world.in_production() == before
    printed("quarantined snapshot, validation skipped", "prepare", caught.value)


def test_the_next_run_refuses_it_again_without_looking_again(
    world: World, refused: Refusal, md5: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "include.validation.validate.validate_snapshot", lambda *a, **k: pytest.fail("validated again")
    )
    refused("quarantined snapshot, next run", world.pipeline(), "validate", ContractBreach, "age", "7")


def test_a_task_killed_after_the_mark_validates_again_and_refuses(
    world: World, refused: Refusal, md5: str
) -> None:
    for report in (world.store / "models" / MODEL / "validation" / md5).iterdir():
        report.unlink()
    refused("quarantined snapshot, next run", world.pipeline(), "validate", ContractBreach, "age")


def test_a_corrected_delivery_goes_on(world: World, md5: str) -> None:
    file = world.accounts()
    lines = [line.split(",") for line in file.read_text().splitlines()]
    lines[5][lines[0].index("age")] = "47"
    file.write_text("\n".join(map(",".join, lines)) + "\n")
    assert world.pipeline().run("prepare") == "prepare"


def test_the_command_line_lists_and_releases(
    world: World, md5: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["quarantine", MODEL]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{md5}  {MODEL}/features/{NEXT}.parquet  ")
    assert "VIOLATES ITS CONTRACT" in line
    assert main(["quarantine", MODEL, "--release", md5]) == 0
    assert "released" in capsys.readouterr().out
    assert main(["quarantine", MODEL]) == 0
    assert capsys.readouterr().out == "nothing is quarantined\n"
    assert world.pipeline().run("prepare") == "prepare", "released data may be used"


def test_releasing_what_is_not_quarantined_says_so(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quarantine", MODEL, "--release", "0" * 32]) == 1
    assert "is not quarantined" in capsys.readouterr().err


@pytest.mark.parametrize("md5", ["../../../../etc/passwd", "*", "", "a/b"])
def test_a_release_leads_nowhere_else(world: World, md5: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quarantine", MODEL, f"--release={md5}"]) == 1
    connections, answer = capsys.readouterr().err.splitlines()
    assert connections.startswith("connections: ")
    assert answer.startswith("mlops: ")


def test_a_contract_that_was_wrong_is_corrected_and_the_run_goes_on(world: World, md5: str) -> None:
    """What the runbook says: "The rule is wrong: change contract.yaml"."""
    world.edit((ADULTS, ANYBODY), file="contract.yaml")
    assert world.pipeline().run("prepare") == "prepare"


def test_a_contract_that_becomes_strict_again_quarantines_again(
    world: World, refused: Refusal, md5: str
) -> None:
    world.edit((ADULTS, ANYBODY), file="contract.yaml")
    world.pipeline().run("prepare")
    world.edit((ANYBODY, ADULTS), file="contract.yaml")
    refused("quarantined snapshot, next run", world.pipeline(), "validate", ContractBreach, "age")


def test_a_release_does_not_outlive_the_contract_it_was_made_under(
    world: World, refused: Refusal, md5: str
) -> None:
    assert main(["quarantine", MODEL, "--release", md5]) == 0
    world.edit((ADULTS, ADULTS.replace("18", "21")), file="contract.yaml")
    refused("released snapshot, contract changed", world.pipeline(), "validate", ContractBreach, "age")
