"""Names of datasets, after OpenLineage's specification of names; where it has none, documented ones.

Files and tables have the names that other producers give them, so that lineage goes on across tools. The
specification knows neither DVC nor MLflow: ``docs/openlineage.md`` says how theirs are formed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from openlineage.client.naming.dataset import GCS, S3, LocalFileSystem

from include.errors import ConfigError

if TYPE_CHECKING:
    from openlineage.client.naming.dataset import DatasetNaming

    from include.lineage import SnapshotRef

_PARTITION = "?partition="  # behind the origin of a partition that was cut out of a file


class Name(NamedTuple):
    """What OpenLineage knows a dataset by.

    :param namespace: where it is, as a URI without credentials.
    :param name: what it is called there.
    """

    namespace: str
    name: str


def of_uri(uri: str) -> Name:
    """Return the name of a file or an object.

    :param uri: ``file:///srv/accounts.csv`` or ``s3://bucket/key``, where nothing is escaped; that of a file
        that holds all partitions with ``?partition=`` behind it.
    :raises ConfigError: it has no path.
    """
    scheme, _, rest = uri.partition(_PARTITION)[0].rpartition("://")
    host, slash, path = rest.partition("/")
    host, path = _without_login(host), slash + path
    if not path.strip("/"):
        raise ConfigError(
            f"found {uri!r} as the address of a dataset; expected a path after the scheme and the host"
        )
    if scheme in {"", "file"} and not host:
        return _named(LocalFileSystem(path))
    if scheme in {"s3", "s3a", "s3n"}:
        return _named(S3(host, path.lstrip("/")))
    if scheme in {"gs", "gcs"}:
        return _named(GCS(host, path.lstrip("/")))
    return Name(f"{scheme}://{host}", path)


def of_snapshot(remote: str, ref: SnapshotRef) -> Name:
    """Return the name of a snapshot: the data registry that knows it, and its path there.

    :param remote: the registry's git remote: a path, a URL, or ``user@host:path``.
    :param ref: the snapshot.
    """
    if "://" not in remote and not remote.startswith("/"):  # as scp writes it
        host, _, path = remote.partition(":")
        return Name(f"dvc://{_without_login(host)}", f"{path.strip('/')}/{ref.path}")
    parts = urlsplit(remote)
    host = _without_login(parts.netloc)
    return Name(f"dvc://{host}" if host else "dvc", f"{parts.path.rstrip('/')}/{ref.path}")


def of_model(tracking_uri: str, model: str) -> Name:
    """Return the name of a registered model; its versions are versions of this dataset.

    :param tracking_uri: of MLflow.
    :param model: its name in the registry.
    """
    return Name(_mlflow(tracking_uri), f"models/{model}")


def of_alias(tracking_uri: str, model: str, alias: str) -> Name:
    """Return the name of the model under an alias, such as ``champion``. Parameters as above."""
    return Name(_mlflow(tracking_uri), f"models/{model}@{alias}")


def of_run(tracking_uri: str, run_id: str) -> Name:
    """Return the name of the model that a run has logged.

    :param tracking_uri: of MLflow.
    :param run_id: the run.
    """
    return Name(_mlflow(tracking_uri), f"runs/{run_id}/model")


def _mlflow(tracking_uri: str) -> str:
    return f"mlflow://{_without_login(urlsplit(tracking_uri).netloc)}"


def _named(naming: DatasetNaming) -> Name:
    return Name(naming.get_namespace(), naming.get_name())


def _without_login(host: str) -> str:
    return host.rpartition("@")[2]
