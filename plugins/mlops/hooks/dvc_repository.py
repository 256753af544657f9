"""DVC in the clone of a registry, with errors that say why."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from include.errors import RegistryError
from mlops.hooks.object_store import is_storage_failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dvc.repo import Repo

_LONGEST_CAUSE = 400


class _Causes(logging.Handler):
    """Keeps why files could not be transferred: DVC logs that, and raises how many they were."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the exception of a record."""
        if record.exc_info and record.exc_info[1] is not None:
            self.found.append(str(record.exc_info[1])[:_LONGEST_CAUSE])


@contextmanager
def dvc_repository(folder: Path, url: str, remote: Mapping[str, Mapping[str, str]]) -> Iterator[Repo]:
    """Yield the DVC repository in a folder.

    :param folder: its root.
    :param url: where DVC keeps the data, for messages.
    :param remote: settings of its remotes by name, in memory only.
    :raises RegistryError: DVC or the store behind it failed; the message has the first cause.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    logging.getLogger("dvc").setLevel(logging.WARNING)  # its hints are for people at a command line
    transfers, causes = logging.getLogger("dvc_data"), _Causes()
    transfers.addHandler(causes)
    try:
        with Repo(
            str(folder), config={"remote": {name: dict(settings) for name, settings in remote.items()}}
        ) as repo:
            yield repo
    except Exception as error:
        if not (isinstance(error, DvcException) or is_storage_failure(error)):
            raise
        cause = f" ({causes.found[0]})" if causes.found else ""
        raise RegistryError(
            f"DVC could not store data under {url}: {error}{cause}. Check the object store's connection and "
            "room; the task is retried."
        ) from error
    finally:
        transfers.removeHandler(causes)
