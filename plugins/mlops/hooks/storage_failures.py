"""What a file system or a bucket raises, and what that means: correct the connection, or try again."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from include.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.errors import MlopsError

_LIBRARIES = {"botocore", "aiobotocore", "aiohttp", "boto3", "s3transfer"}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_STAYS = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP,
}  # fmt: skip
# What a bucket answers, or its library says, of a connection that is wrong. Boto3's names.
_WRONG_CONNECTION = {
    "AccessDenied", "AllAccessDisabled", "AuthorizationHeaderMalformed", "InvalidAccessKeyId",
    "InvalidBucketName", "InvalidToken", "NoSuchBucket", "PermanentRedirect", "SignatureDoesNotMatch",
    "IllegalLocationConstraintException", "401", "403", "Forbidden", "Unauthorized",
    "NoCredentialsError", "NoRegionError", "InvalidRegionError", "ParamValidationError",
    "PartialCredentialsError", "ProfileNotFound",
}  # fmt: skip
# These pass with new credentials, which the next try may get, or with a clock that is set.
_PASSES = {
    "ExpiredToken": "The credentials of this process are too old.",
    "RequestTimeTooSkewed": "The clock of this worker differs from the server's: set it.",
}
# What a bucket answers to a write on condition. Only Amazon's says which one failed, and s3fs asks for that.
_CONDITION_FAILED = {"PreconditionFailed", "412"}


def is_taken(error: OSError) -> bool:
    """Return whether a file that was to be created is there already.

    :param error: of a write whose only condition was that there is no such file.
    """
    return isinstance(error, FileExistsError) or bool(_names(error) & _CONDITION_FAILED)


def is_storage_failure(error: BaseException) -> bool:
    """Return whether an error means that a file system or a bucket failed.

    What a bucket answers arrives as an OSError; one that can't be reached, or credentials that are not there,
    as an error of the libraries below.
    """
    library = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError) or library in _LIBRARIES or _is_bad_endpoint(error)


def storage_failure(action: str, path: object, error: BaseException, *, connection: str) -> MlopsError:
    """Return the error for a store that failed: what was tried, where, and behind which connection.

    :param action: such as ``write``.
    :param path: what was to be written, read ...
    :param error: what the store, or the library below, raised.
    :param connection: id of the Airflow connection that leads to it.
    :return: a :class:`ConfigError` where the next try would fail as well, else a :class:`StorageError`.
    """
    what = f"could not {action} {path}: {error}."
    number, names = getattr(error, "errno", None), _names(error)
    if number in _FULL:
        return StorageError(f"{what} The disk is full: free some room, the task is retried.")
    passes = next((words for name, words in _PASSES.items() if name in names), None)
    if passes is None and "NoSuchBucket" in names:
        return ConfigError(f"{what} Create the bucket, or correct the root of connection {connection!r}.")
    if passes is None and (number in _STAYS or names & _WRONG_CONNECTION or _is_distrust(error)):
        return ConfigError(
            f"{what} Correct the root or the credentials of connection {connection!r}, or the rights of the "
            "user behind it: the next try would fail as well."
        )
    return StorageError(
        f"{what} {passes or ''}{' ' if passes else ''}Check the connection's root, its credentials and the "
        f"network (connection {connection!r}); the task is retried."
    )


@contextmanager
def storage_errors(action: str, path: object, *, connection: str) -> Iterator[None]:
    """Turn what a file system or a bucket raises into an error of this project.

    Parameters and errors as :func:`storage_failure`.
    """
    try:
        yield
    except Exception as error:
        if not is_storage_failure(error):
            raise
        raise storage_failure(action, path, error, connection=connection) from error


def _names(error: BaseException | None) -> set[str]:
    """Return the codes that a bucket answered and the names of the errors that led to this one."""
    found: set[str] = set()
    while error is not None and type(error).__name__ not in found:
        found.add(type(error).__name__)
        answer = getattr(error, "response", None)
        if isinstance(answer, dict):
            found.add(str(answer.get("Error", {}).get("Code", "")))
        elif "bucket does not exist" in str(error):
            found.add("NoSuchBucket")
        error = error.__cause__
    return found


def _is_bad_endpoint(error: BaseException) -> bool:
    """Return whether botocore refused an endpoint's address, for which it raises a ValueError."""
    return isinstance(error, ValueError) and str(error).startswith("Invalid endpoint")


def _is_distrust(error: BaseException) -> bool:
    """Return whether an address is invalid, or a server's certificate is not trusted."""
    return _is_bad_endpoint(error) or "CERTIFICATE_VERIFY_FAILED" in str(error)
