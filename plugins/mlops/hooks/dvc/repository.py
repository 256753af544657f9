"""DVC in the clone of a registry: its remote is the connection's, its errors say why.

DVC gets the remote's address in memory, in addition to the registry's ``.dvc/config``: data goes where the
connection says, or nowhere. Git is left to :class:`mlops.hooks.dvc.git.Git`: DVC would ask the
machine's git settings what is ignored.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.errors import ConfigError, RegistryError
from mlops.hooks.storage_failures import is_storage_failure, storage_failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dvc.repo import Repo

REMOTE = "store"
_SECTION = f'remote "{REMOTE}"'
_LONGEST_CAUSE = 400


@dataclass(frozen=True, kw_only=True)
class DvcRemote:
    """Where DVC keeps the data.

    :param url: a folder, or ``s3://bucket/prefix``.
    :param connection: id of the Airflow connection behind it, for messages.
    :param credentials: what DVC needs to reach a bucket; in memory only.
    """

    url: str
    connection: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


class _Causes(logging.Handler):
    """Keeps why files could not be transferred: DVC logs that, and raises how many they were."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[Exception] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the exception of a record."""
        if record.exc_info and isinstance(record.exc_info[1], Exception):
            self.found.append(record.exc_info[1])


@contextmanager
def dvc_repository(folder: Path, remote: DvcRemote) -> Iterator[Repo]:
    """Yield the DVC repository in a folder.

    :param folder: its root.
    :param remote: where its data goes, whatever the repository's own configuration says.
    :raises ConfigError: what stays wrong at the next try, such as credentials or a bucket that is none.
    :raises StorageError: the store behind it failed; the message has the first cause.
    :raises RegistryError: DVC failed.
    """
    from dvc.config import ConfigError as DvcConfigError
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    logging.getLogger("dvc").setLevel(logging.WARNING)  # its hints are for people at a command line
    transfers, causes = logging.getLogger("dvc_data"), _Causes()
    transfers.addHandler(causes)
    try:
        with Repo(str(folder), config=_settings(folder, remote)) as repo:
            yield repo
    except DvcConfigError as error:
        raise ConfigError(
            f"DVC can't read its configuration: {error}. Correct .dvc/config in the data registry, or DVC's "
            "settings of the machine or user that this worker runs as (`dvc config --list --show-origin`)."
        ) from error
    except Exception as error:
        if not (isinstance(error, DvcException) or is_storage_failure(error)):
            raise
        cause = next((found for found in [error, *causes.found] if is_storage_failure(found)), None)
        if cause is not None:
            raise storage_failure(
                "store data with DVC under", remote.url, cause, connection=remote.connection
            ) from error
        said = f" ({str(causes.found[0])[:_LONGEST_CAUSE]})" if causes.found else ""
        raise RegistryError(
            f"DVC could not store data under {remote.url}: {error}{said}. Check the object store (connection "
            f"{remote.connection!r}) and its room; the task is retried."
        ) from error
    finally:
        transfers.removeHandler(causes)


def _settings(folder: Path, remote: DvcRemote) -> dict[str, dict[str, object]]:
    """Return the settings that count here, over those of the registry, the user and the machine."""
    return {
        "core": {"no_scm": True, "autostage": False, "analytics": False, "remote": REMOTE},
        "cache": {"dir": str(folder / ".dvc" / "cache")},
        "remote": {REMOTE: {"url": remote.url, **remote.credentials}},
    }


def write_settings(folder: Path, remote: DvcRemote) -> None:
    """Name the remote in a repository's ``.dvc/config``, so that ``dvc get`` finds it without this project.

    :param folder: root of the repository.
    :param remote: where the data is stored.
    :raises ConfigError: the address can't be written there so that DVC reads the same.
    """
    from configobj import ConfigObj, ConfigObjError

    file = folder / ".dvc" / "config"
    file.parent.mkdir(exist_ok=True)
    try:
        settings = ConfigObj(str(file), encoding="utf-8", interpolation=False)
        default = settings.setdefault("core", {}).setdefault("remote", REMOTE)
        settings.setdefault(_SECTION, {})["url"] = remote.url
        settings.write()
    except (ConfigObjError, UnicodeError) as error:
        raise ConfigError(
            f"The data registry's .dvc/config can't be written ({error}): correct it, or use another folder "
            f"than {remote.url!r} as the root of connection {remote.connection!r}."
        ) from error
    if default != REMOTE:
        raise ConfigError(
            f"The data registry's .dvc/config has the default remote {default!r}; expected {REMOTE!r}. Point "
            "the registry's connection at a repository of its own, or remove core.remote there and push."
        )
    known = _url_by_dvc(file)
    if known != remote.url:
        raise ConfigError(
            f"DVC would read {remote.url!r} as {known!r}. Use a root for connection {remote.connection!r} "
            "without signs that have a meaning in DVC's configuration."
        )


def known_url(folder: Path) -> str | None:
    """Return the address of the data in a repository's own ``.dvc/config``; None if it has none.

    :param folder: root of the repository.
    :raises ConfigError: it can't be read.
    """
    file = folder / ".dvc" / "config"
    if not file.exists():
        return None
    return _plain_url(file) or _url_by_dvc(file)


def _plain_url(file: Path) -> str | None:
    """Return the one address in a configuration file, without importing DVC; None leaves it to DVC."""
    from configobj import ConfigObj, ConfigObjError

    try:
        with file.open(encoding="utf-8") as stream:
            sections = ConfigObj(stream).dict()
    except (ConfigObjError, UnicodeError):
        return None
    named = [section for section in sections if "remote" in section.lower()]
    url = sections.get(_SECTION, {}).get("url") if named == [_SECTION] else None
    return url if isinstance(url, str) else None


def _url_by_dvc(file: Path) -> str | None:
    """Return what DVC reads as the address in a configuration file.

    :raises ConfigError: it can't be read.
    """
    from dvc.config import Config
    from dvc.config import ConfigError as DvcConfigError

    try:
        section = Config.load_file(str(file))["remote"].get(REMOTE, {})
    except (DvcConfigError, AttributeError) as error:
        raise ConfigError(
            f"The data registry's .dvc/config can't be read ({error}). Correct it and push it."
        ) from error
    url = section.get("url")
    return ", ".join(url) if isinstance(url, list) else url
