"""``bin/mlops card --verify`` and what both commands refuse, without a server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from include.evidence.pack import write_pack
from mlops.cli.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path / "pack", {"card.md": b"# loans\n"}, "loans version 3")
    return tmp_path / "pack"


def test_a_pack_is_checked_without_a_connection(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", "--verify", str(pack)]) == 0
    assert capsys.readouterr().out == "loans version 3: 1 files, signed by nobody\nwhole\n"
    (pack / "card.md").write_bytes(b"# loanz\n")
    assert main(["card", "--verify", str(pack), "--json"]) == 4
    found = json.loads(capsys.readouterr().out)
    assert (found["whole"], len(found["problems"])) == (False, 1)


def test_names_in_a_pack_stay_on_their_lines_of_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pack(tmp_path / "pack", {"card.md": b"# loans\n"}, "loans\x1b[2J\nwhole")
    (tmp_path / "pack" / "x\nwhole\x1b[8m").write_bytes(b"")
    assert main(["card", "--verify", str(tmp_path / "pack")]) == 4
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert [line for line in printed.splitlines() if line.startswith("whole")] == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["card"], "Name a version"),
        (["card", "loans", "--verify", "x"], "and not both"),
        (["card", "--verify", "no/such/folder"], "is not an evidence pack"),
        (["card", "loans@champion", "--key", "no/such/key"], "can't be read"),
        (["card", "loans@@champion"], "MODEL@ALIAS"),
        (["reproduce", "loans/0"], "MODEL@ALIAS"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert expected in capsys.readouterr().err


def test_a_folder_for_copies_is_gone_after_ctrl_c_and_after_being_told_to_stop(tmp_path: Path) -> None:
    code = """
import time
from mlops.cli.reproduce import scratch_folder
with scratch_folder("reproduce-") as folder:
    (folder / "copy").write_text("x")
    time.sleep(60)
"""
    for number in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while not list(tmp_path.glob("reproduce-*/copy")):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(30) != 0
        assert list(tmp_path.iterdir()) == []
