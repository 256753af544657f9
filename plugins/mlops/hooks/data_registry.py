"""The data registry: a git repository of DVC pointers, a commit per change, data in the object store."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from airflow.sdk import BaseHook

from include.errors import ConfigError, DataError, InfrastructureError, RegistryError
from include.lineage import SnapshotRef
from mlops.hooks.git import Git
from mlops.hooks.object_store import ObjectStoreHook, plain_uri, strip_scheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import ObjectStoragePath
    from dvc.repo import Repo

_BRANCH = "main"
_REMOTE = "store"
_PUSH_ATTEMPTS = 5


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
    """

    table: str
    partition: str
    file: Path
    rows: int
    source: str
    source_sha256: str
    schema_digest: str


class DataRegistryHook(BaseHook):
    """Publishes snapshots and finds them again.

    The connection's ``host`` (or extra ``remote``) is the git remote: a local path, ``ssh://`` or
    ``https://``; login and password are for https. A local path that does not exist is created as a bare
    repository. The data itself goes to ``dvc/`` below the object store's root, which is written into the
    registry's DVC configuration, so that plain ``dvc get <remote> <path> --rev <commit>`` works for people,
    too.

    :param conn_id: Airflow connection with the git remote.
    :param object_store_conn_id: Airflow connection with the object store.
    """

    default_conn_name = "data_registry_default"

    def __init__(
        self,
        conn_id: str = default_conn_name,
        *,
        object_store_conn_id: str = ObjectStoreHook.default_conn_name,
    ) -> None:
        super().__init__()
        self.conn_id = conn_id
        self.store = ObjectStoreHook(object_store_conn_id)

    @property
    def remote(self) -> str:
        """The git remote."""
        connection = self.get_connection(self.conn_id)
        remote = str(connection.extra_dejson.get("remote") or connection.host or "")
        if not remote:
            raise ConfigError(
                f"Connection {self.conn_id!r} names no git remote: put a path or URL into extra.remote, "
                "in airflow_settings.yaml or under Admin > Connections."
            )
        return remote

    def pointers(self, model: str) -> dict[tuple[str, str], SnapshotRef]:
        """Return the newest version of every partition of a model, by table and partition."""
        with self._workspace() as workspace:
            return self._read_pointers(workspace, model)

    def publish(self, model: str, snapshots: list[NewSnapshot]) -> list[SnapshotRef]:
        """Make snapshots versions of the registry: data first, then one commit for each that is really new.

        Content that is already the newest version of its partition changes nothing. When another task pushed
        in between, everything is done again on top of its work.

        :raises RegistryError: the remote could not be reached, or others kept pushing first.
        """
        for attempt in range(1, _PUSH_ATTEMPTS + 1):
            with self._workspace() as workspace:
                published = [self._publish_one(workspace, model, snapshot) for snapshot in snapshots]
                try:
                    self._git("push", "--quiet", "origin", f"HEAD:{_BRANCH}", cwd=workspace)
                except RegistryError as error:
                    if "rejected" not in str(error) and "cannot lock ref" not in str(error):
                        raise
                    self.log.info(
                        "Somebody else pushed to the registry first (try %d of %d)", attempt, _PUSH_ATTEMPTS
                    )
                    continue
                return published
        raise RegistryError(
            f"Others pushed to {self.remote} before us {_PUSH_ATTEMPTS} times in a row; try again later."
        )

    def local_path(self, ref: SnapshotRef, scratch: Path) -> Path:
        """Return a local file with the content of a snapshot, checked against its digest.

        :raises DataError: the object store holds other bytes than the registry promised, or none.
        """
        place = self.data_path(ref.md5)
        if not place.exists():
            raise DataError(
                f"{ref.path} at {ref.commit[:8]}: its data {place} is gone from the object store. Restore "
                f"the object or "
                "deliver the partition again."
            )
        local = self.store.local_path(place, scratch)
        with local.open("rb") as stream:
            found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        if found != ref.md5:
            raise DataError(
                f"{place} holds other bytes than the registry recorded: md5 {found}, expected {ref.md5}."
            )
        return local

    def data_path(self, md5: str) -> ObjectStoragePath:
        """Return where DVC keeps the object with a digest."""
        return self._dvc_root / "files" / "md5" / md5[:2] / md5[2:]

    def url(self, commit: str) -> str:
        """Return the address of a commit's page; empty where extra ``ui`` names no web server."""
        ui = str(self.get_connection(self.conn_id).extra_dejson.get("ui") or "")
        return f"{ui.rstrip('/')}/commit/{commit}" if ui else ""

    def test_connection(self) -> tuple[bool, str]:
        """Look at the remote's branches and at the object store."""
        try:
            self._ensure_remote()
            self._git("ls-remote", "--heads", self.remote)
        except (ConfigError, InfrastructureError) as error:
            return False, str(error)
        return self.store.test_connection()

    @property
    def _dvc_root(self) -> ObjectStoragePath:
        return self.store.root / "dvc"

    @property
    def _git(self) -> Git:
        connection = self.get_connection(self.conn_id)
        return Git(login=connection.login or "", password=connection.password or "")

    def _ensure_remote(self) -> None:
        remote = Path(self.remote)
        if remote.is_absolute() and not remote.exists():
            self.log.info("Creating the data registry %s", remote)
            remote.parent.mkdir(parents=True, exist_ok=True)
            self._git("init", "--quiet", "--bare", f"--initial-branch={_BRANCH}", str(remote))

    @contextmanager
    def _workspace(self) -> Iterator[Path]:
        """Yield a fresh clone of the registry that only this task knows and that goes away afterwards."""
        self._ensure_remote()
        with tempfile.TemporaryDirectory(prefix="registry-") as folder:
            workspace = Path(folder) / "registry"
            self._git("clone", "--quiet", "--no-single-branch", self.remote, str(workspace))
            if not (workspace / ".dvc").exists():
                self._initialise(workspace)
            yield workspace

    def _initialise(self, workspace: Path) -> None:
        self._git("checkout", "--quiet", "-B", _BRANCH, cwd=workspace)
        dvc = workspace / ".dvc"
        dvc.mkdir()
        (dvc / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
        root = self._dvc_root
        url = strip_scheme(root) if root.protocol == "file" else plain_uri(root)
        (dvc / "config").write_text(
            f"[core]\n    remote = {_REMOTE}\n['remote \"{_REMOTE}\"']\n    url = {url}\n"
        )
        self._commit(workspace, "Start the data registry", ".dvc/config", ".dvc/.gitignore")

    def _commit(self, workspace: Path, message: str, *paths: str) -> str:
        self._git("add", "--", *paths, cwd=workspace)
        self._git("commit", "--quiet", "-m", message, cwd=workspace)
        return self._git("rev-parse", "HEAD", cwd=workspace).strip()

    def _publish_one(self, workspace: Path, model: str, new: NewSnapshot) -> SnapshotRef:
        current = self._read_pointers(workspace, model).get((new.table, new.partition))
        path = f"{model}/{new.table}/{new.partition}.parquet"
        data = workspace / path
        data.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(new.file, data)
        meta = {
            "rows": new.rows,
            "source": new.source,
            "source_sha256": new.source_sha256,
            "schema_digest": new.schema_digest,
        }
        md5 = self._dvc_add(workspace, path, meta)
        if current and current.md5 == md5:
            self._git("checkout", "--quiet", "--", f"{path}.dvc", cwd=workspace)
            return current
        word = "Restate" if current else "Add"
        message = f"{word} {model} {new.table} of {new.partition}: {new.rows} rows\n\nSource: {new.source}"
        commit = self._commit(
            workspace, message, f"{path}.dvc", f"{data.parent.relative_to(workspace)}/.gitignore"
        )
        self.log.info("%s %s: %d rows, md5 %s, commit %s", word, path, new.rows, md5, commit[:8])
        return self._ref(workspace, Path(f"{path}.dvc"), commit)

    def _dvc_add(self, workspace: Path, path: str, meta: dict[str, Any]) -> str:
        """Add one file to DVC, push its data, and write ``meta`` into its pointer; return the md5."""
        with self._dvc(workspace) as repo:
            (stage,) = repo.add(str(workspace / path))
            stage.meta = meta
            stage.dump()
            repo.push(targets=[str(workspace / f"{path}.dvc")])
            return str(stage.outs[0].hash_info.value)

    @contextmanager
    def _dvc(self, workspace: Path) -> Iterator[Repo]:
        from dvc.exceptions import DvcException
        from dvc.repo import Repo

        logging.getLogger("dvc").setLevel(logging.WARNING)  # its hints are for people at a command line
        try:
            with Repo(str(workspace), config={"remote": {_REMOTE: self._credentials()}}) as repo:
                yield repo
        except (DvcException, OSError) as error:
            raise RegistryError(
                f"DVC could not store data under {self._dvc_root}: {error}. Check the object store's "
                f"connection and room."
            ) from error

    def _credentials(self) -> dict[str, str]:
        """Return what DVC needs to reach the bucket; kept in memory, never written to a file."""
        if self._dvc_root.protocol == "file":
            return {}
        from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

        aws = AwsBaseHook(aws_conn_id=self.store.conn_id, client_type="s3")
        credentials = aws.get_credentials(region_name=aws.region_name)
        found = {
            "endpointurl": aws.conn_config.get_service_endpoint_url("s3"),
            "region": aws.region_name,
            "access_key_id": credentials.access_key,
            "secret_access_key": credentials.secret_key,
            "session_token": credentials.token,
        }
        return {key: value for key, value in found.items() if value}

    def _read_pointers(self, workspace: Path, model: str) -> dict[tuple[str, str], SnapshotRef]:
        found = {}
        commits = self._last_commits(workspace, model)
        for pointer in sorted((workspace / model).glob("*/*.parquet.dvc")):
            relative = pointer.relative_to(workspace)
            ref = self._ref(workspace, relative, commits.get(str(relative), ""))
            found[ref.table, ref.partition] = ref
        return found

    def _last_commits(self, workspace: Path, model: str) -> dict[str, str]:
        """Return the commit that last touched each pointer, from one walk through the log."""
        commits: dict[str, str] = {}
        if not (workspace / model).exists():
            return commits
        commit = ""
        for line in self._git("log", "--format=:%H", "--name-only", "--", model, cwd=workspace).splitlines():
            if line.startswith(":"):
                commit = line[1:]
            elif line:
                commits.setdefault(line, commit)
        return commits

    @staticmethod
    def _ref(workspace: Path, pointer: Path, commit: str) -> SnapshotRef:
        content = yaml.safe_load((workspace / pointer).read_text())
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
