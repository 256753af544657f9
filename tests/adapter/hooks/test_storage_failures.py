from __future__ import annotations

import errno

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, SSLError

from include.errors import ConfigError, StorageError
from mlops.hooks.storage_failures import storage_errors

pytestmark = pytest.mark.adapter


def answered(code: str, kind: type[OSError] = PermissionError) -> OSError:
    """Return what s3fs raises when a bucket answers with a code."""
    error = kind(code)
    error.__cause__ = ClientError({"Error": {"Code": code, "Message": "m"}}, "GetObject")
    return error


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "Permission denied"),
        OSError(errno.EROFS, "Read-only file system"),
        NotADirectoryError(errno.ENOTDIR, "Not a directory"),
        OSError(errno.ENAMETOOLONG, "File name too long"),
        OSError(errno.ELOOP, "Too many levels of symbolic links"),
        NoCredentialsError(),
        ValueError("Invalid endpoint: htp:/x"),
        answered("AccessDenied"),
        answered("InvalidAccessKeyId"),
        answered("SignatureDoesNotMatch"),
        answered("NoSuchBucket", FileNotFoundError),
        FileNotFoundError("The specified bucket does not exist"),
        SSLError(endpoint_url="https://h", error="[SSL: CERTIFICATE_VERIFY_FAILED]"),
    ],
    ids=repr,
)
def test_what_the_next_try_would_not_change_fails_at_once(error: Exception) -> None:
    said = r"could not write /x: .*'my_store'"
    with (
        pytest.raises(ConfigError, match=said) as caught,
        storage_errors("write", "/x", connection="my_store"),
    ):
        raise error
    assert "retried" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (OSError(errno.EIO, "Input/output error"), "network"),
        (EndpointConnectionError(endpoint_url="http://h"), "network"),
        (answered("SlowDown", OSError), "network"),
        (answered("ExpiredToken"), "too old"),
        (answered("RequestTimeTooSkewed"), "clock of this worker"),
        (TimeoutError("timed out"), "network"),
    ],
    ids=repr,
)
def test_what_may_pass_is_retried(error: Exception, says: str) -> None:
    with (
        pytest.raises(StorageError, match=rf"{says}(.|\n)*retried"),
        storage_errors("write", "/x", connection="s"),
    ):
        raise error
