"""``bin/mlops smoke``: what it takes from the command line, from model.yaml, and what it refuses."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from include.serving.smoke import Asked, Observed, smoke_verdict
from mlops import run_context
from mlops.cli import __main__ as command_line
from mlops.cli import smoke as command
from tests.core.serving.test_answers import TWO, said
from tests.world.edits import edit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]

RIGHT, WRONG = said(TWO.recorded.tolist()), said([[0.5, 0.5], [0.5, 0.5]])


@pytest.fixture
def tests(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The smoke tests that were made; what they find is that of ``answers``."""
    made: list[Any] = []
    monkeypatch.setattr(run_context, "MODELS_ROOT", model_folder.parent)
    monkeypatch.setattr(command, "use_connections", lambda: None)
    monkeypatch.setattr(command.ModelRegistry, "aliases", lambda _: {"champion": "3"})
    monkeypatch.setattr(
        command, "Smoke", lambda **given: made.append(SimpleNamespace(**given)) or Found(**given)
    )
    return made


class Found:
    """A smoke test whose answer follows from its endpoint's port."""

    def __init__(self, *, version: str, alias: str, endpoint: Any, budget_ms: float | None, **_: Any) -> None:
        self.asked = Asked(
            model="credit_risk", version=version, url=endpoint.url, alias=alias, budget_ms=budget_ms
        )

    def run(self) -> Any:
        answer = WRONG if self.asked.url.endswith("4") else RIGHT
        after = "5" if self.asked.url.endswith("3") else "3"
        return smoke_verdict(self.asked, TWO, Observed(first=answer, answers=[answer], alias_after=after))


def run(*arguments: str) -> int:
    return command_line.main(["smoke", *arguments])


def test_the_exit_code_says_what_was_found(tests: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("credit_risk@champion", "--url", "http://h:80") == 0
    assert (
        "VERDICT smoke test: PASS - credit_risk version 3 (champion) at http://h:80"
        in capsys.readouterr().out
    )
    assert run("credit_risk/7", "--url", "http://h:4", "--json") == 4
    assert json.loads(capsys.readouterr().out)["decision"] == "fail"
    assert run("credit_risk", "--url", "http://h:3") == 3
    assert [(one.version, one.alias) for one in tests] == [("3", "champion"), ("7", ""), ("3", "champion")]
    assert (tests[0].requests, tests[0].budget_ms, tests[0].endpoint.timeout) == (20, None, 10)


def test_what_model_yaml_says_holds_unless_the_command_line_says_otherwise(
    tests: list[Any], model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = "serving: {connection: models, latency_ms: 50, requests: 5, timeout_seconds: 3}\n"
    edit(model_folder / "model.yaml", ("alerts:\n", f"{serving}alerts:\n"))
    connection = {"conn_type": "http", "host": "models.example", "schema": "https", "password": "t0ken"}
    monkeypatch.setenv("AIRFLOW_CONN_MODELS", json.dumps(connection))
    (tmp_path / "token").write_text("other\n")
    assert run("credit_risk") == 0
    assert (
        run("credit_risk", "--token-file", str(tmp_path / "token"), "--budget-ms", "9", "--requests", "2")
        == 0
    )
    first, second = tests
    assert (first.endpoint.url, first.endpoint.token, first.endpoint.timeout) == (
        "https://models.example",
        "t0ken",
        3,
    )
    assert (first.budget_ms, first.requests) == (50, 5)
    assert (second.endpoint.token, second.budget_ms, second.requests) == ("other", 9, 2)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["credit_risk@chmpion", "--url", "http://h"], "no alias 'chmpion'"),
        (["credit_rsk", "--url", "http://h"], "did you mean 'credit_risk'"),
        (["credit_risk@a@b", "--url", "http://h"], "names no version of a model: expected MODEL@ALIAS"),
        (["credit_risk"], "nobody says where credit_risk is served: give --url"),
        (["credit_risk", "--url", "h:80"], "http://host:port"),
        (["credit_risk", "--url", "http://h", "--token-file", "/nowhere"], "/nowhere can't be read"),
        (["credit_risk", "--url", "http://h", "--token-file", "/dev/null"], "/dev/null is empty"),
        (["credit_risk", "--url", "http://h", "--token-file", "Makefile"], "holds blanks, line breaks"),
    ],
)  # fmt: skip
def test_what_can_not_be_asked_is_named(
    tests: list[Any], capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    assert run(*arguments) == 1
    assert problem in capsys.readouterr().err
    assert tests == []
