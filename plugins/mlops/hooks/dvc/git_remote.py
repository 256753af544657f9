"""Which git remote a connection names. Knows nothing of Airflow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from include.errors import ConfigError

if TYPE_CHECKING:
    from mlops.hooks.connection_fields import ConnectionFields

# A path from the root, an URL, or git's short form of ssh. A relative path leads elsewhere on each worker.
_REMOTE = re.compile(r"/|[A-Za-z][A-Za-z0-9+.-]*://|[\w.@-]*[\w@]:(?!:)")


def git_remote(connection: ConnectionFields, conn_id: str) -> str:
    """Return the git remote of a data registry.

    :param connection: Airflow's, or the same without Airflow.
    :param conn_id: its id, for messages.
    :raises ConfigError: it names none, or one that depends on where a worker stands.
    """
    remote = str(connection.extra_dejson.get("remote") or connection.host or "")
    if not remote:
        raise ConfigError(
            f"Connection {conn_id!r} names no git remote: put a path or URL into extra.remote, "
            "in airflow_settings.yaml or under Admin > Connections."
        )
    if not _REMOTE.match(remote) or not remote.isprintable() or remote != remote.strip():
        raise ConfigError(
            f"Connection {conn_id!r} names the git remote {remote!r}; expected an absolute path, "
            "https://host/data.git, ssh://git@host/data.git or git@host:data.git, without blanks around "
            "it. Correct extra.remote (or the host)."
        )
    return remote
