"""What MLflow answers when it refuses, fails or has nothing, whoever asked it. Knows nothing of Airflow."""

from __future__ import annotations

import sys

_MISSING = "RESOURCE_DOES_NOT_EXIST"


class MlflowAnswer(Exception):  # noqa: N818 - as often an answer as an error: "there is none"
    """The server refused, failed, or could not be reached: what ``MlflowException`` is of MLflow's client.

    :param message: what to say.
    :param error_code: the server's, such as ``RESOURCE_DOES_NOT_EXIST``.
    """

    def __init__(self, message: str, error_code: str = "INTERNAL_ERROR") -> None:
        super().__init__(message)
        self.error_code = error_code


def error_code(error: BaseException) -> str | None:
    """Return the code of an error from here or of MLflow's client; None of any other error."""
    exceptions = sys.modules.get("mlflow.exceptions")  # what was not imported was not raised
    if isinstance(error, MlflowAnswer) or (exceptions and isinstance(error, exceptions.MlflowException)):
        return str(error.error_code)
    return None


def as_mlflows(error: Exception) -> Exception:
    """Return an error as MlflowException, which those expect who know MlflowClient; it is rare."""
    if not isinstance(error, MlflowAnswer):
        return error
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import ErrorCode

    converted: Exception = MlflowException(str(error), error_code=ErrorCode.Value(error.error_code))
    return converted


def is_missing(error: BaseException) -> bool:
    """Return whether an error says that what was asked for does not exist."""
    return error_code(error) == _MISSING
