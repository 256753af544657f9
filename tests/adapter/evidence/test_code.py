"""The code of a version is the recorded commit, or an error that says what is not on record."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError
from mlops import run_context
from mlops.evidence.code import find_code

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.adapter


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    done = subprocess.run(
        ["git", "-C", str(folder), *author, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two commits: ``include/a.py`` says 1 in the first, and 2 in the second."""
    folder = tmp_path / "clone"
    (folder / "include").mkdir(parents=True)
    git(folder, "init", "--quiet")
    for content in ("1", "2"):
        (folder / "include" / "a.py").write_text(content)
        (folder / "large.bin").write_text(content)
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", content)
    monkeypatch.setattr(run_context, "PROJECT_ROOT", folder)
    monkeypatch.setattr(run_context, "code_version", lambda: git(folder, "rev-parse", "HEAD"))
    return folder


def test_an_earlier_commit_is_taken_out_and_the_repository_stays_as_it_is(
    clone: Path, tmp_path: Path
) -> None:
    first = git(clone, "rev-parse", "HEAD~1")
    found = find_code(first, "recorded", tmp_path / "code")
    assert (found.root / "include" / "a.py").read_text() == "1"
    assert not (found.root / "large.bin").exists(), "only the core is needed"
    assert first in found.origin
    assert git(clone, "status", "--porcelain") == ""
    assert len(git(clone, "worktree", "list").splitlines()) == 1


def test_a_tag_is_found_as_git_describe_names_it(clone: Path, tmp_path: Path) -> None:
    git(clone, "tag", "-a", "v1", "-m", "v1", "HEAD~1")
    described = git(clone, "describe", "--always", "--abbrev=40")
    assert described.startswith("v1-1-g")
    (clone / "include" / "a.py").write_text("3")
    git(clone, "commit", "--quiet", "-a", "-m", "3")
    assert (find_code(described, "recorded", tmp_path / "code").root / "include" / "a.py").read_text() == "2"


def test_the_commit_that_is_here_is_not_taken_out(clone: Path, tmp_path: Path) -> None:
    found = find_code(git(clone, "rev-parse", "HEAD"), "recorded", tmp_path / "code")
    assert found.root == clone
    assert not (tmp_path / "code").exists()


def test_an_image_of_the_recorded_commit_needs_no_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_context, "PROJECT_ROOT", tmp_path)
    monkeypatch.setattr(run_context, "code_version", lambda: "c0ffee")
    assert find_code("c0ffee", "recorded", tmp_path / "code").root == tmp_path
    with pytest.raises(ConfigError, match="is not a git repository"):
        find_code("decaf0", "recorded", tmp_path / "code")


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("unknown", "not on record"),
        ("", "not on record"),
        ("c0ffee-dirty", "never recorded"),
        ("c0ffee" * 6 + "c0ff", "git fetch --unshallow"),
        ("--output=x", "does not have"),
    ],
)
def test_code_that_is_not_on_record_is_not_guessed(
    clone: Path, tmp_path: Path, recorded: str, expected: str
) -> None:
    with pytest.raises(ConfigError, match=expected) as error:
        find_code(recorded, "recorded", tmp_path / "code")
    assert "--code here" in str(error.value)
    assert find_code(recorded, "here", tmp_path / "code").root == clone
