"""What a database or its driver raises, and what that means: correct the query or the connection, or wait."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from include.errors import ConfigError, DataError, MlopsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

# SQLSTATE, by its first characters (SQL:2023, part 2, 24; PostgreSQL's appendix A). The longest counts.
_CANCELED, _WRITES, _STATES = "57014", "25006", {
    "28": ConfigError,  # invalid authorization
    "3D": ConfigError,  # no such database
    "3F": DataError,  # no such schema
    "0A": DataError,  # a feature that it does not have
    "54": DataError,  # more columns, or a deeper query, than it can take
    "38": DataError,  # a function of the query's failed
    "39": DataError,
    "P0": DataError,  # a function of the query's refused (PL/pgSQL's RAISE)
    "42501": ConfigError,  # insufficient privilege
    "42": DataError,  # syntax error, or no such table or column
    "22": DataError,  # a value can't be cast, a division by zero
    "21": DataError,
}  # fmt: skip
# PEP 249, where there is no SQLSTATE. What is not here may pass.
_CLASSES = {"ProgrammingError": DataError, "NotSupportedError": DataError, "DataError": DataError}
_REFUSED = re.compile(
    r"authentication failed|no password supplied|access denied|role .* does not exist|database .* does not "
    r"exist|unable to open database file",
    re.IGNORECASE,
)
_SECRET_KEYS = re.compile(r"pass|secret|token|key|credential", re.IGNORECASE)
_SHORTEST_SECRET = 3
_LONGEST = 400
_HIDDEN = "***"


def secrets_of(connection: Any) -> tuple[str, ...]:
    """Return what of an Airflow connection may stand in no message, longest first.

    :param connection: the Airflow connection.
    """
    extra = connection.extra_dejson or {}
    found = {connection.password, *(value for key, value in extra.items() if _SECRET_KEYS.search(str(key)))}
    plain = {one for one in found if isinstance(one, str) and len(one) >= _SHORTEST_SECRET}
    spelled = plain | {quote(one, safe="") for one in plain} | {quote_plus(one) for one in plain}
    return tuple(sorted(spelled, key=len, reverse=True))


class SqlErrors:
    """Turns what a database raises into errors of this project.

    :param connection: id of the Airflow connection.
    :param where: the query, as messages name it.
    :param secrets: from :func:`secrets_of`.
    :param timeout_seconds: how long a statement may take.
    """

    def __init__(self, connection: str, where: str, secrets: tuple[str, ...], timeout_seconds: int) -> None:
        self._connection, self._where = connection, where
        self._secrets, self._timeout = secrets, timeout_seconds

    @contextmanager
    def turned(self, action: str, *, wrong: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
        """Turn whatever is raised within; an error of this project passes as it is.

        :param action: what was tried, such as ``run``.
        :param wrong: classes of the driver that mean a wrong query, where it tells by no SQLSTATE.
        """
        try:
            yield
        except MlopsError:
            raise
        except Exception as error:
            failure = self._failure(action, error, wrong)
            if any(secret in str(error) for secret in self._secrets):
                raise failure from None  # the log would show the cause with the secret in it
            raise failure from error

    def too_long(self) -> StorageError:
        """Return the error for a statement that was stopped."""
        return StorageError(
            f"{self._where}: a statement took longer than {self._timeout} s and was stopped (connection "
            f"{self._connection!r}). The task is retried. An index on the column of partition_by helps most; "
            "a larger timeout_seconds in model.yaml gives it more time."
        )

    def _failure(self, action: str, error: Exception, wrong: tuple[type[BaseException], ...]) -> MlopsError:
        said = self._said(error)
        state = str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
        what = f"{self._where}: could not {action} (connection {self._connection!r}): {said}"
        if state == _CANCELED and "user request" not in said:
            return self.too_long()
        if state == _WRITES:
            return ConfigError(
                f"{what}. The query, or a function that it calls, writes; a source is only read: remove that."
            )
        kind = next((_STATES[state[:length]] for length in (5, 2) if state[:length] in _STATES), None)
        if kind is None and not state:
            names = [one.__name__ for one in type(error).__mro__]
            named = next((_CLASSES[name] for name in names if name in _CLASSES), None)
            query = DataError if isinstance(error, wrong) else named
            kind = ConfigError if _REFUSED.search(said) else query
        if kind is ConfigError:
            return ConfigError(
                f"{what}. Correct the credentials or the database of connection {self._connection!r}, or the "
                "rights of its user: the next try would fail as well."
            )
        if kind is DataError:
            return DataError(
                f"{what}. Correct the query, or bring back in the database what it reads: the next try would "
                "fail as well."
            )
        return StorageError(
            f"{what}. Check that the database runs, and host, port and credentials of connection "
            f"{self._connection!r}; the task is retried."
        )

    def _said(self, error: Exception) -> str:
        """Return the first line of what was said, without secrets."""
        text = str(error)
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        text = re.sub(r"://[^\s/@]+@", f"://{_HIDDEN}@", text)
        line = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
        return (line if len(line) <= _LONGEST else f"{line[:_LONGEST]}...").rstrip(".")
