"""The data registry: a git repository of DVC pointers, a commit per change, data in the object store."""

from __future__ import annotations

import errno
import hashlib
import tempfile
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from include.errors import ConfigError, DataError, InfrastructureError, RegistryError
from mlops.hooks.connected import ConnectedHook
from mlops.hooks.dvc.bucket_credentials import bucket_credentials
from mlops.hooks.dvc.git import BRANCH, Git
from mlops.hooks.dvc.git_failures import pushed_first
from mlops.hooks.dvc.git_remote import git_remote
from mlops.hooks.dvc.repository import DvcRemote
from mlops.hooks.dvc.workspace import NewSnapshot, RegistryWorkspace
from mlops.hooks.environment import check_registry, current_environment, mark_registry
from mlops.hooks.object_path import plain_uri, strip_scheme
from mlops.hooks.object_store import ObjectStoreHook
from mlops.hooks.storage_failures import storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import ObjectStoragePath

    from include.lineage import SnapshotRef
    from mlops.hooks.dvc.workspace import Committed

_PUSH_ATTEMPTS = 5


class DataRegistryHook(ConnectedHook):
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
        self._checked = False

    @cached_property
    def remote(self) -> str:
        """The git remote.

        :raises ConfigError: the connection names none, or one that depends on where a worker stands.
        """
        return git_remote(self.get_connection(self.conn_id), self.conn_id)

    def pointers(self, model: str) -> dict[tuple[str, str], SnapshotRef]:
        """Return the newest version of every partition of a model, by table and partition."""
        with self._workspace(model) as workspace:
            return workspace.pointers(model)

    def history(self, model: str) -> list[Committed]:
        """Return every version of every partition of a model that ever was, oldest commit first."""
        with self._workspace(model) as workspace:
            return workspace.history(model)

    def publish(self, model: str, snapshots: list[NewSnapshot]) -> list[SnapshotRef]:
        """Make snapshots versions of the registry: data first, then one commit for each that is really new.

        Content that is already the newest version of its partition changes nothing. When another task pushed
        in between, everything is done again on top of its work.

        :raises ConfigError: the remote, or the object store, refuses and will refuse again.
        :raises RegistryError: the remote could not be reached, or others kept pushing first.
        :raises StorageError: the object store could not be reached, or is full.
        """
        last: RegistryError | None = None
        for attempt in range(1, _PUSH_ATTEMPTS + 1):
            with self._workspace(model) as workspace:
                published = [workspace.add(model, snapshot) for snapshot in snapshots]
                try:
                    workspace.push()
                except RegistryError as error:
                    if not pushed_first(error):
                        raise
                    last = error
                    self.log.info(
                        "Another task pushed to the registry first (try %d of %d)", attempt, _PUSH_ATTEMPTS
                    )
                    continue
                return published
        raise RegistryError(
            f"Other tasks pushed to the registry first {_PUSH_ATTEMPTS} times in a row; at last: {last}"
        ) from last

    def local_path(self, ref: SnapshotRef, scratch: Path) -> Path:
        """Return a local file with the content of a snapshot, checked against its digest.

        :raises DataError: the object store holds other bytes than the registry promised, or none.
        """
        return self.local_copy(ref.md5, scratch, what=f"{ref.path} at {ref.commit[:8]}")

    def local_copy(self, md5: str, scratch: Path, *, what: str) -> Path:
        """Return a local file with the content that has a digest.

        :param md5: DVC's digest of the content.
        :param scratch: folder for a copy.
        :param what: what it is, for messages.
        :raises DataError: as :meth:`local_path`.
        """
        path = self.data_path(md5)
        if not self.store.exists(path):
            raise DataError(
                f"{what}: its data {path} is gone from the object store. Restore "
                "the object or deliver the partition again."
            )
        local = self.store.local_path(path, scratch)
        with local.open("rb") as stream:
            found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        if found != md5:
            raise DataError(
                f"{path} holds other bytes than the registry recorded: md5 {found}, expected {md5}."
            )
        return local

    def data_path(self, md5: str) -> ObjectStoragePath:
        """Return where DVC keeps the object with a digest."""
        return self._dvc_root / "files" / "md5" / md5[:2] / md5[2:]

    def mark(self, environment: str) -> None:
        """Mark the registry as one of an environment, unless it bears a mark.

        :param environment: name of the environment.
        """
        self._create_local()
        mark_registry(self._git, self.remote, environment)

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
        return Git(login=connection.login or "", password=connection.password or "", connection=self.conn_id)

    def _ensure_remote(self) -> None:
        """Create a local remote that does not exist; make sure that it is of this process's environment."""
        self._create_local()
        if not self._checked and current_environment() is not None:
            check_registry(self._git, self.remote, self.conn_id)
            self._checked = True

    def _create_local(self) -> None:
        """Create a local remote that does not exist, in one step: tasks that start at once share one."""
        remote = Path(self.remote)
        if not remote.is_absolute() or remote.exists():
            return
        self.log.info("Creating the data registry %s", remote)
        with storage_errors("create the data registry", remote, connection=self.conn_id):
            remote.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{remote.name}-", dir=remote.parent) as folder:
                made = Path(folder) / remote.name
                self._git("init", "--quiet", "--bare", f"--initial-branch={BRANCH}", str(made))
                try:
                    made.rename(remote)
                except OSError as error:
                    if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                        raise
                    self.log.info("Another task has created it first")

    @contextmanager
    def _workspace(self, model: str) -> Iterator[RegistryWorkspace]:
        """Yield a fresh clone of the registry that only this task knows and that goes away afterwards."""
        self._ensure_remote()
        root = self._dvc_root
        with tempfile.TemporaryDirectory(prefix="registry-") as folder:
            workspace = RegistryWorkspace(
                folder=Path(folder) / "registry",
                git=self._git,
                remote=DvcRemote(
                    url=strip_scheme(root) if root.protocol == "file" else plain_uri(root),
                    connection=self.store.conn_id,
                    credentials={} if root.protocol == "file" else bucket_credentials(self.store.conn_id),
                ),
            )
            workspace.clone(self.remote, model)
            yield workspace
