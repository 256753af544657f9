"""bin/changed-models: which models a workflow has to train."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.stack


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with two models, and one more folder that is none."""
    folder = tmp_path / "clone"
    (folder / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "bin" / "changed-models", folder / "bin")
    for name in ("churn", "fraud"):
        write(folder / "include" / "models" / name / "model.yaml")
    write(folder / "include" / "models" / "README.md")
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def write(file: Path, text: str = "1\n") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@localhost", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        [*command, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "step")


def changed(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "bin" / "changed-models", *arguments], check=False, capture_output=True, text=True
    )


def test_a_model_whose_folder_changed(clone: Path) -> None:
    base = git(clone, "rev-parse", "HEAD")
    write(clone / "include" / "models" / "fraud" / "estimator.py")
    write(clone / "include" / "models" / "README.md", "2\n")
    write(clone / "docs" / "page.md")
    commit(clone)
    assert changed(clone, base).stdout == 'models=["fraud"]\n'


def test_what_was_changed_on_the_other_side_is_not_ours(clone: Path) -> None:
    git(clone, "checkout", "--quiet", "-b", "ours")
    write(clone / "include" / "models" / "churn" / "estimator.py")
    commit(clone)
    git(clone, "checkout", "--quiet", "-b", "theirs", "HEAD~1")
    write(clone / "include" / "models" / "fraud" / "estimator.py")
    commit(clone)
    git(clone, "checkout", "--quiet", "ours")
    assert changed(clone, "theirs").stdout == 'models=["churn"]\n'


def test_a_model_that_is_gone_is_not_trained(clone: Path) -> None:
    base = git(clone, "rev-parse", "HEAD")
    shutil.rmtree(clone / "include" / "models" / "fraud")
    commit(clone)
    assert changed(clone, base).stdout == "models=[]\n"


@pytest.mark.parametrize("base", ["", "0" * 40])
def test_without_a_commit_before_every_model_counts(clone: Path, base: str) -> None:
    assert changed(clone, base).stdout == 'models=["churn","fraud"]\n'


def test_a_model_that_is_asked_for(clone: Path) -> None:
    assert changed(clone, "", "fraud").stdout == 'models=["fraud"]\n'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["", "frau"], "There is no folder include/models/frau. Models: churn fraud"),
        (["1" * 40], "is not in this clone"),
    ],
)
def test_what_is_not_there_is_said(clone: Path, arguments: list[str], message: str) -> None:
    done = changed(clone, *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "models=" not in done.stdout
