"""The commands behind ``make demo`` and ``make replay``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo import __main__ as command_line
from demo import demo

if TYPE_CHECKING:
    from pathlib import Path

    from demo.state import State

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, State, bool]]:
    calls: list[tuple[str, State, bool]] = []

    def note(action: str) -> object:
        return lambda state, once=False, model=None: calls.append((action, state, once)) or 7

    for action in ("up", "down", "clean"):
        monkeypatch.setattr(demo, action, note(action))
    return calls


@pytest.mark.parametrize(("word", "action"), [("up", "up"), ("stop", "down"), ("clean", "clean")])
def test_each_word_does_its_thing_and_its_code_is_the_commands(
    calls: list[tuple[str, State, bool]], word: str, action: str
) -> None:
    assert command_line.main([word]) == 7
    assert [call[0] for call in calls] == [action]


def test_where_and_on_which_ports_is_said_by_options(
    calls: list[tuple[str, State, bool]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--state", "here", "--airflow-port", "18080", "--mlflow-port", "15000", "--once"]
    command_line.main(["up", *options])
    ((_, state, once),) = calls
    assert (state.folder, state.airflow_port, state.mlflow_port) == (tmp_path / "here", 18080, 15000)
    assert once


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80 80"])
def test_what_is_not_a_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["up", f"--mlflow-port={port}"])
    assert ended.value.code == 2
    assert f"{port!r} is not a port; expected 1 to 65535" in capsys.readouterr().err


def test_one_port_is_not_enough_for_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["up", "--mlflow-port=8080"]) == 1
    assert "two ports" in capsys.readouterr().err


def test_an_error_is_one_line_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    assert command_line.main(["clean", "--state", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.err == f"demo: {tmp_path} was not made by `make demo`; it is left alone.\n"
