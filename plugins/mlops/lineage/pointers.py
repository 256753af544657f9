"""The data registry, only read from: every pointer that ever was, by two git processes in all."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from include.errors import ConfigError
from mlops.hooks.dvc.git import BRANCH, Git
from mlops.hooks.dvc.git_remote import git_remote
from mlops.hooks.dvc.workspace import read_pointer
from mlops.hooks.environment import check_registry
from mlops.hooks.plain_connection import find_connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from include.lineage import SnapshotRef

_ENDING = ".parquet.dvc"
_COMMIT = "\x1e"  # begins a commit in git's log
_HEADER = re.compile(r"^(?:[0-9a-f]{40} blob \d+|\S+ missing)$", re.MULTILINE)
_MD5 = re.compile(r"^- md5: ([0-9a-f]{32})$", re.MULTILINE)
_CREDENTIALS = re.compile(r"://[^/@\s]+@")


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """One version of one partition, as its pointer file has it.

    :param owner: the model's name, or what stands in its place for feature views.
    :param path: path of the pointer.
    :param commit: the commit that introduced it.
    :param text: its content.
    """

    owner: str
    path: str
    commit: str
    text: str

    @property
    def md5(self) -> str:
        """DVC's digest of the snapshot; empty where the pointer is none."""
        found = _MD5.search(self.text)
        return found[1] if found else ""

    @property
    def ref(self) -> SnapshotRef:
        """All that it says; reading YAML takes a while, so only of those that are needed."""
        return read_pointer(Path(self.path), self.text, self.commit)


class Pointers:
    """The pointers of a data registry.

    A remote that is not a local folder is cloned once, for as long as this object lives.

    :param conn_id: connection with the git remote.
    :raises ConfigError: the connection names no usable remote, or one of another environment than this
        process.
    """

    def __init__(self, conn_id: str) -> None:
        connection = find_connection(conn_id)
        self._url = git_remote(connection, conn_id)
        self._conn_id = conn_id
        self._git = Git(login=connection.login or "", password=connection.password or "", connection=conn_id)
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        if not self._is_missing:
            check_registry(self._git, self._url, conn_id)

    @property
    def remote(self) -> str:
        """The git remote, without secrets."""
        return _CREDENTIALS.sub("://", self._url)

    def has(self, wanted: Iterable[SnapshotRef]) -> dict[SnapshotRef, bool]:
        """Return whether the registry has each snapshot at the commit that is said to have introduced it."""
        refs = list(dict.fromkeys(wanted))
        if not refs or self._folder is None:
            return dict.fromkeys(refs, False)
        texts = self._read(f"{ref.commit}:{ref.path}.dvc" for ref in refs)
        return {ref: f"md5: {ref.md5}\n" in text for ref, text in zip(refs, texts, strict=True)}

    def at(self, wanted: Iterable[tuple[str, str]]) -> list[SnapshotRef | None]:
        """Return snapshots by commit of the registry and path of the data, without ``.dvc``.

        :param wanted: commit and path of each.
        :return: in the order given; None where the registry has none.
        """
        asked = list(wanted)
        if self._folder is None:
            return [None] * len(asked)
        texts = self._read(f"{commit}:{path}.dvc" for commit, path in asked)
        return [
            read_pointer(Path(f"{path}.dvc"), text, commit) if text else None
            for (commit, path), text in zip(asked, texts, strict=True)
        ]

    @cached_property
    def all(self) -> list[Pointer]:
        """Every version of every partition that ever was, oldest first."""
        if self._folder is None or not self._git("for-each-ref", f"refs/heads/{BRANCH}", cwd=self._folder):
            return []
        shown = self._git(
            "log", "--reverse", "--raw", "--no-abbrev", "--no-renames", "--diff-filter=AM",
            f"--format={_COMMIT}%H", BRANCH, cwd=self._folder,
        )  # fmt: skip
        found = list(_listed(shown))
        texts = self._read(blob for _, blob, _ in found)
        return [
            Pointer(owner=path.split("/")[0], path=path, commit=commit, text=text)
            for (commit, _, path), text in zip(found, texts, strict=True)
        ]

    @property
    def _is_missing(self) -> bool:
        """Whether the remote is a local folder that is not there."""
        return Path(self._url).is_absolute() and not Path(self._url).exists()

    @cached_property
    def _folder(self) -> Path | None:
        """Where git finds the registry; None where there is none yet."""
        if self._is_missing:
            return None
        if Path(self._url).is_absolute():
            return Path(self._url)
        self._scratch = tempfile.TemporaryDirectory(prefix="lineage-")
        clone = Path(self._scratch.name) / "registry.git"
        self._git("clone", "--quiet", "--bare", "--", self._url, str(clone))
        return clone

    def _read(self, names: Iterable[str]) -> list[str]:
        """Return the content of objects in git's own notation; empty where there is none."""
        asked = list(names)
        if not asked:
            return []
        if any(character in name for name in asked for character in "\n\x00 "):
            raise ConfigError(f"Connection {self._conn_id!r}: a path in the data registry has a blank in it.")
        shown = self._git("cat-file", "--batch", cwd=self._folder, given="".join(f"{one}\n" for one in asked))
        return [text.strip("\n") + "\n" if text.strip() else "" for text in _HEADER.split(shown)[1:]]


def _listed(shown: str) -> Iterator[tuple[str, str, str]]:
    """Yield commit, object and path of each pointer in git's log."""
    for entry in shown.split(_COMMIT)[1:]:
        commit, *lines = entry.splitlines()
        for line in filter(lambda line: line.startswith(":") and line.endswith(_ENDING), lines):
            fields, _, path = line.partition("\t")
            yield commit, fields.split()[3], path
