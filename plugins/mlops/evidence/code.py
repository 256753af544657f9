"""The code a version was trained with, as a folder: this one, or the recorded commit out of git."""

from __future__ import annotations

import subprocess
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from include.errors import ConfigError
from mlops import run_context

if TYPE_CHECKING:
    from pathlib import Path

_DIRTY = "-dirty"
_CORE = "include"  # what trains; the rest of a commit is not taken out
Choice = Literal["recorded", "here"]


@dataclass(frozen=True, kw_only=True)
class Code:
    """Where the code lies that a model is made again with.

    :param root: the folder that holds ``include``.
    :param origin: what it is, in a few words.
    """

    root: Path
    origin: str


def find_code(recorded: str, choice: Choice, scratch: Path) -> Code:
    """Return the code to train with.

    :param recorded: the version's code, as :func:`mlops.run_context.code_version` gave it.
    :param choice: ``recorded``, or ``here``: whatever this folder holds now.
    :param scratch: folder that a commit is taken out into.
    :raises ConfigError: nobody knows which code it was, or it is not in this repository.
    """
    root, here = run_context.PROJECT_ROOT, run_context.code_version()
    if choice == "here":
        return Code(root=root, origin=f"{here}, as it is here; recorded was {recorded or 'nothing'}")
    if recorded in {"", "unknown"}:
        raise ConfigError(
            f"It is not on record with which code this version was trained (code version {recorded!r}): "
            f"there was "
            f"no git, and the image had no CODE_VERSION. {_HERE}"
        )
    if recorded.endswith(_DIRTY):
        raise ConfigError(
            f"This version was trained in a work tree that differed from its commit ({recorded}): the "
            f"difference "
            f"was never recorded, so that code can't be fetched. {_HERE}"
        )
    if recorded == here:
        return Code(root=root, origin=f"{recorded}, as recorded; it is what is here")
    commit = _commit(root, recorded)
    _take_out(root, commit, scratch)
    return Code(root=scratch, origin=f"{commit}, as recorded; taken out of this repository")


_HERE = (
    "--code here trains with the code of this folder, and says whether configuration and estimator are "
    "those that "
    "were recorded."
)


def _commit(root: Path, described: str) -> str:
    """Return the commit that ``git describe`` named.

    :raises ConfigError: this is not a repository, or it does not have the commit.
    """
    done = _git(root, "rev-parse", "--verify", "--quiet", f"{described}^{{commit}}")
    if done.returncode == 0:
        return done.stdout.decode().strip()
    if _git(root, "rev-parse", "--git-dir").returncode:
        raise ConfigError(
            f"This version was trained with commit {described}, and {root} is not a git repository: run this "
            f"in a clone, or in an image that was built from that commit. {_HERE}"
        )
    raise ConfigError(
        f"This version was trained with commit {described}, which this repository does not have: fetch it "
        f"(`git "
        f"fetch --all`, in a shallow clone `git fetch --unshallow`), or run this in the clone it was made "
        f"in. "
        f"{_HERE}"
    )


def _take_out(root: Path, commit: str, target: Path) -> None:
    """Write the core of a commit into a folder; the repository and its work tree stay as they are."""
    archive = target.with_name(f"{target.name}.tar")
    done = _git(root, "archive", "--format=tar", f"--output={archive}", commit, _CORE)
    if done.returncode:
        raise ConfigError(
            f"Commit {commit} can't be taken out of {root}: {done.stderr.decode().strip()}. It may be "
            f"incomplete: "
            f"`git fsck` tells. {_HERE}"
        )
    target.mkdir(parents=True)
    with tarfile.open(archive) as packed:
        packed.extractall(target, filter="data")
    archive.unlink()


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in the project's repository.

    :raises ConfigError: there is no git.
    """
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise ConfigError(f"git can't be started ({error}): install it. {_HERE}") from error
