"""A champion is made again from what is recorded, and its model card is a pack that shows any change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mlops import run_context
from mlops.cli.__main__ import main
from mlops.evidence.environment import software_bill
from mlops.hooks.data_registry import DataRegistryHook
from mlops.tracking.tags import CODE_VERSION
from tests.conftest import ROOT
from tests.world.tasks import digits_world, flights_world, next_day
from tests.world.world import MODEL, make_light

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world.servers import MlflowProcess
    from tests.world.tasks import TaskWorld
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

CHAMPION = f"{MODEL}@champion"


@pytest.fixture
def recorded(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world, whose champion was trained with a commit of the code as it is now."""
    clone = tmp_path / "clone"
    shutil.copytree(
        ROOT / "include", clone / "include", ignore=shutil.ignore_patterns("__pycache__", "models")
    )
    author = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    for command in (("init", "--quiet"), ("add", "."), (*author, "commit", "--quiet", "-m", "As it is")):
        subprocess.run(["git", "-C", str(clone), *command], check=True)
    found = subprocess.run(
        ["git", "-C", str(clone), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    )
    monkeypatch.setattr(run_context, "PROJECT_ROOT", clone)
    monkeypatch.setattr(run_context, "MODELS_ROOT", world.folder.parent)
    record_code(world, found.stdout.strip())
    return world


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def record_code(world: World, version: str) -> None:
    (run,) = world.runs("training")
    world.hook.set_tags(run.info.run_id, {CODE_VERSION: version})


def made_again(
    capsys: pytest.CaptureFixture[str], *more: str, model: str = MODEL
) -> tuple[int, dict[str, Any]]:
    """Reproduce a champion; return the exit code and what was printed as JSON."""
    capsys.readouterr()
    code = main(["reproduce", f"{model}@champion", "--json", *more])
    printed = capsys.readouterr().out
    return code, json.loads(printed[printed.index("{\n") :])


def differing(found: dict[str, Any]) -> list[str]:
    return [one["what"] for one in found["findings"] if not one["identical"]]


def test_the_champion_is_made_again_with_its_commit_and_nothing_is_left_behind(
    recorded: World, temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_context, "code_version", lambda: "another commit")  # so it is taken out of git
    code, found = made_again(capsys, "--python", os.path.relpath(sys.executable))
    assert (code, found["identical"], differing(found)) == (0, True, []), found
    assert found["notes"]["trained by"].endswith(os.path.relpath(sys.executable))
    assert found["notes"]["code"].endswith("taken out of this repository")
    assert found["circumstances"] == []
    sizes = {one["what"]: one["summary"] for one in found["findings"]}
    assert (sizes["metrics"], sizes["predictions"]) == ("18 figures", "1,034 rows, bit by bit")
    assert list(temporary.iterdir()) == []


@pytest.mark.full
def test_another_parameter_is_named_with_every_digit_that_it_changes(
    recorded: World, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.edit(("max_iter: 150", "max_iter: 149"))
    code, found = made_again(capsys, "--code", "here")
    assert code == 4
    assert differing(found) == ["configuration", "metrics", "predictions"]
    metrics, predictions = found["findings"][-2:]
    assert all("from digit" in one["note"] for one in metrics["differences"])
    assert [one["what"].partition("=")[0] for one in predictions["differences"]] == ["customer_id"] * 5
    assert list(temporary.iterdir()) == []


def test_what_can_not_be_made_again_says_what_is_missing(
    recorded: World, temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_context, "code_version", lambda: "another commit")

    def said(*arguments: str) -> tuple[int, str]:
        code = main(["reproduce", *arguments])
        return code, capsys.readouterr().err.splitlines()[-1]

    for version, expected in (
        ("unknown", "not on record with which code"),
        ("c0ffee-dirty", "work tree that differed from its commit"),
        ("c0ffee" * 6 + "c0ff", "which this repository does not have: fetch it"),
    ):
        record_code(recorded, version)
        code, line = said(CHAMPION)
        assert (code, expected in line, "--code here" in line) == (1, True, True), line

    here = ("--code", "here")
    assert said(CHAMPION, *here, "--python", "no-such-python")[1].endswith(
        "no such program that can be started"
    )
    code, line = said(f"{MODEL}@champoin", *here)
    assert f"Did you mean {MODEL}@champion?" in line
    assert "has no version 7" in said(f"{MODEL}/7", *here)[1]
    assert f"Did you mean {MODEL}?" in said("bad_input", *here)[1]

    gone = DataRegistryHook().pointers(MODEL)["features", "2005-04-30"]
    data = Path(DataRegistryHook().data_path(gone.md5).path)
    data.unlink()
    code, line = said(CHAMPION, *here)
    assert (code, "is gone from the object store" in line, "environment it was trained in" in line) == (
        1,
        True,
        True,
    )
    assert list(temporary.iterdir()) == []


@pytest.mark.full  # trains two models; CI has the example of two classes
@pytest.mark.parametrize("make", [flights_world, digits_world], ids=["a number", "ten classes"])
def test_models_of_other_tasks_are_made_again_and_have_a_card(
    make: Callable[..., TaskWorld],
    state: Path,
    mlflow_server: MlflowProcess,
    temporary: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_light(monkeypatch)
    name = f"t_evidence_{make.__name__}"
    world = make(tmp_path / "models", state / "source" / "credit_risk", name)
    for number in range(3):
        world.deliver(number)
    assert world.run("training", next_day(world.days[2])).verdict["decision"] == "promote"
    monkeypatch.setattr(run_context, "MODELS_ROOT", world.folder.parent)
    code, found = made_again(capsys, "--code", "here", model=name)
    assert (code, found["identical"], differing(found)) == (0, True, []), found
    monkeypatch.setattr("mlops.evidence.gather.software_bill", dict)
    pack = tmp_path / "pack"
    assert main(["card", f"{name}@champion", "--output", str(pack)]) == 0
    assert main(["card", "--verify", str(pack)]) == 0
    primary = json.loads((pack / "evidence" / "metrics.json").read_text())["primary"]
    assert f"| {primary} (" in (pack / "card.md").read_text()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


def test_a_card_is_the_same_twice_and_shows_a_flipped_byte(
    recorded: World,
    temporary: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bill = software_bill()  # what takes seconds, once
    names = {one["name"] for one in bill["components"]}
    assert {"scikit-learn", "skops", "fairlearn"} <= names
    assert not {"serialNumber", "timestamp"} & {*bill, *bill["metadata"]}
    monkeypatch.setattr("mlops.evidence.gather.software_bill", lambda: bill)
    private, public = make_key(tmp_path)

    packs = [tmp_path / "one", tmp_path / "two"]
    for pack in packs:
        assert main(["card", CHAMPION, "--output", str(pack), "--key", str(private)]) == 0
    assert contents(packs[0]) == contents(packs[1])
    card = (packs[0] / "card.md").read_text()
    (run,) = recorded.runs("training")
    (promotion,) = recorded.ledger.entries()
    for expected in (
        "CC BY 4.0",
        f"{run.data.metrics['test_roc_auc']:.4f}",
        promotion.summary[:40],
        "demographic_parity_ratio",
        "monitoring.drift.numeric.threshold",
        run.info.run_id,
        "for the provider to complete",
    ):
        assert expected in card
    assert list(temporary.iterdir()) == []

    capsys.readouterr()
    assert main(["card", "--verify", str(packs[0]), "--key", str(public)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "whole"
    data = packs[0] / "evidence" / "data.json"
    whole = data.read_bytes()
    data.write_bytes(whole.replace(b"CC BY", b"CC BZ"))
    assert main(["card", "--verify", str(packs[0]), "--key", str(public)]) == 4
    assert "evidence/data.json was changed" in capsys.readouterr().out


def make_key(folder: Path) -> tuple[Path, Path]:
    """Write a signing key; return the files of its private and its public half."""
    key = Ed25519PrivateKey.generate()
    private, public = folder / "evidence.pem", folder / "evidence.pub.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public
