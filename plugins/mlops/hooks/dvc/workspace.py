"""A clone of the data registry that one task has for itself, with git for pointers and DVC for data."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from include.errors import ConfigError
from include.lineage import SnapshotRef
from mlops.hooks.dvc.git import BRANCH
from mlops.hooks.dvc.repository import REMOTE, dvc_repository, known_url, write_settings

if TYPE_CHECKING:
    from mlops.hooks.dvc.git import Git
    from mlops.hooks.dvc.repository import DvcRemote

log = logging.getLogger(__name__)
AS_OF = "As of"  # in a commit's message, before the as-of date of the run
_COMMIT = "\x1e"  # begins a commit in git's log


@dataclass(frozen=True, kw_only=True)
class NewSnapshot:
    """A Parquet file that is about to become a version in the registry.

    :param table: ``features`` or ``labels``.
    :param partition: ISO date of the delivery.
    :param file: the canonical Parquet file, on local disk; it is moved into the registry's workspace.
    :param rows: number of its rows.
    :param source: URI it was read from.
    :param source_sha256: digest of the source file's bytes.
    :param schema_digest: digest of the column types.
    :param as_of: as-of date of the run that takes it in, for the commit; empty where there is none.
    """

    table: str
    partition: str
    file: Path
    rows: int
    source: str
    source_sha256: str
    schema_digest: str
    as_of: str = ""


@dataclass(frozen=True, kw_only=True)
class Committed:
    """One version of a partition, with the time at which it came into the registry.

    :param ref: the version.
    :param as_of: as-of date of the run that took it in; empty where the commit does not say so.
    :param time: when it was committed, in seconds since 1970.
    """

    ref: SnapshotRef
    as_of: str
    time: int


@dataclass(frozen=True, kw_only=True)
class RegistryWorkspace:
    """The clone.

    :param folder: its root; only ``.dvc`` and the folder of one model are checked out.
    :param git: runs git.
    :param remote: where DVC keeps the data.
    """

    folder: Path
    git: Git
    remote: DvcRemote

    def clone(self, url: str, model: str) -> None:
        """Clone the registry; one without a DVC configuration, such as a new one, gets it.

        DVC reads every pointer it sees, so only those of the model are checked out.

        :param url: the git remote.
        :param model: the model's name.
        :raises ConfigError: the registry keeps its data elsewhere than the object store's connection says.
        """
        self.git("clone", "--quiet", "--no-checkout", "--origin", "origin", "--", url, str(self.folder))
        if self.git("ls-remote", "origin", f"refs/heads/{BRANCH}", cwd=self.folder):
            self.git("sparse-checkout", "set", ".dvc", model, cwd=self.folder)
            self.git("checkout", "--quiet", "-B", BRANCH, f"refs/remotes/origin/{BRANCH}", cwd=self.folder)
        else:  # what other branches hold is not the registry's
            self.git("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}", cwd=self.folder)
        known = known_url(self.folder)
        if known is None:
            self._initialise()
        elif not _same_folder(known, self.remote.url):
            raise ConfigError(
                f"The data registry {url} keeps its data in {known}, as its .dvc/config says, but connection "
                f"{self.remote.connection!r} leads to {self.remote.url}. Correct the connection's root; if "
                f"the data has moved, say so in the registry: `dvc remote modify {REMOTE} url "
                f"'{self.remote.url}'` in a clone, commit, push."
            )

    def push(self) -> None:
        """Push what was committed."""
        self.git("push", "--quiet", "origin", f"HEAD:refs/heads/{BRANCH}", cwd=self.folder)

    def pointers(self, model: str) -> dict[tuple[str, str], SnapshotRef]:
        """Return the newest version of every partition of a model, by table and partition."""
        commits = self._last_commits(model)
        found = {}
        for pointer in sorted((self.folder / model).glob("*/*.parquet.dvc")):
            relative = pointer.relative_to(self.folder)
            ref = self._ref(relative, commits.get(str(relative), ""))
            found[ref.table, ref.partition] = ref
        return found

    def history(self, model: str) -> list[Committed]:
        """Return every version of every partition of a model, oldest commit first."""
        if not (self.folder / model).exists():
            return []
        found = []
        shown = self.git(
            "log", "--reverse", f"--format={_COMMIT}%H%n%ct%n%b%x1f", "--name-only", "--diff-filter=AM", "--",
            model, cwd=self.folder,
        )  # fmt: skip
        for entry in shown.split(_COMMIT)[1:]:
            head, _, names = entry.partition("\x1f")
            commit, time, *body = head.splitlines()
            stated = [line.removeprefix(f"{AS_OF}: ") for line in body if line.startswith(f"{AS_OF}: ")]
            for name in filter(lambda name: name.endswith(".parquet.dvc"), names.splitlines()):
                content = self.git("show", f"{commit}:{name}", cwd=self.folder)
                ref = read_pointer(Path(name), content, commit)
                found.append(Committed(ref=ref, as_of=stated[-1] if stated else "", time=int(time)))
        return found

    def add(self, model: str, new: NewSnapshot) -> SnapshotRef:
        """Store a snapshot's data and commit its pointer, unless it is the newest version already."""
        current = self.pointers(model).get((new.table, new.partition))
        path = f"{model}/{new.table}/{new.partition}.parquet"
        data = self.folder / path
        data.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(new.file, data)
        meta = {
            "rows": new.rows,
            "source": new.source,
            "source_sha256": new.source_sha256,
            "schema_digest": new.schema_digest,
        }
        md5 = self._store(path, meta)
        if current and current.md5 == md5:
            self.git("checkout", "--quiet", "--", f"{path}.dvc", cwd=self.folder)
            return current
        word = "Restate" if current else "Add"
        message = f"{word} {model} {new.table} of {new.partition}: {new.rows} rows\n\nSource: {new.source}"
        message += f"\n{AS_OF}: {new.as_of}" if new.as_of else ""
        self._ignore(data)
        commit = self._commit(message, f"{path}.dvc", f"{model}/{new.table}/.gitignore")
        log.info("%s %s: %d rows, md5 %s, commit %s", word, path, new.rows, md5, commit[:8])
        return self._ref(Path(f"{path}.dvc"), commit)

    def _initialise(self) -> None:
        write_settings(self.folder, self.remote)
        (self.folder / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
        self._commit("Start the data registry", ".dvc/config", ".dvc/.gitignore")

    @staticmethod
    def _ignore(data: Path) -> None:
        """Let git ignore a file whose pointer it has, for people who work in a clone with DVC."""
        file = data.with_name(".gitignore")
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        if f"/{data.name}" not in lines:
            file.write_text("".join(f"{line}\n" for line in [*lines, f"/{data.name}"]), encoding="utf-8")

    def _commit(self, message: str, *paths: str) -> str:
        # By force and sparse: neither what git ignores nor what was checked out decides what is a version.
        self.git("add", "--force", "--sparse", "--", *paths, cwd=self.folder)
        self.git("commit", "--quiet", "--no-verify", "--cleanup=verbatim", "-m", message, cwd=self.folder)
        return self.git("rev-parse", "HEAD", cwd=self.folder).strip()

    def _store(self, path: str, meta: dict[str, Any]) -> str:
        """Add one file to DVC, push its data, and write ``meta`` into its pointer; return the md5."""
        with dvc_repository(self.folder, self.remote) as repo:
            (stage,) = repo.add(str(self.folder / path))
            stage.meta = meta
            stage.dump()
            repo.push(targets=[str(self.folder / f"{path}.dvc")], remote=REMOTE)
            return str(stage.outs[0].hash_info.value)

    def _last_commits(self, model: str) -> dict[str, str]:
        """Return the commit that last touched each pointer, from one walk through the log."""
        commits: dict[str, str] = {}
        if not (self.folder / model).exists():
            return commits
        commit = ""
        lines = self.git("log", "--format=:%H", "--name-only", "--", model, cwd=self.folder).splitlines()
        for line in lines:
            if line.startswith(":"):
                commit = line[1:]
            elif line:
                commits.setdefault(line, commit)
        return commits

    def _ref(self, pointer: Path, commit: str) -> SnapshotRef:
        return read_pointer(pointer, (self.folder / pointer).read_text(), commit)


def read_pointer(pointer: Path, text: str, commit: str) -> SnapshotRef:
    """Return the version that a pointer file names.

    :param pointer: its path in the registry.
    :param text: its content.
    :param commit: the commit that introduced it.
    """
    content = yaml.safe_load(text)
    out, meta = content["outs"][0], content["meta"]
    return SnapshotRef(
        table=pointer.parent.name,
        partition=pointer.name.removesuffix(".parquet.dvc"),
        path=str(pointer).removesuffix(".dvc"),
        md5=out["md5"],
        size=out["size"],
        commit=commit,
        **meta,
    )


def _same_folder(known: str, url: str) -> bool:
    """Tell whether two addresses name the same folder; one may be reached through a link."""
    if "://" in known or "://" in url:
        return known.rstrip("/") == url.rstrip("/")
    return Path(known).resolve() == Path(url).resolve()
