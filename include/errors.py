"""The family of errors. One rule decides what Airflow does with each of them.

Whoever raises says in the message what was found, where, what was expected and what to do next. Errors under
:class:`InputError` are the fault of what came in: the same input fails again, so the task fails at once.
    Errors under
:class:`InfrastructureError` may pass: the task is retried with growing delay. ``plugins/mlops/defaults.py``
turns that rule into one retry policy.
"""

from __future__ import annotations

import re

from include.media import log_lines


class MlopsError(Exception):
    """Base of every error that this project raises on purpose.

    Messages quote data, and end in logs that Airflow writes, so control characters in them become escapes.

    :param message: what was found, where, what was expected and what to do next.
    """

    def __init__(self, message: object = "", *more: object) -> None:
        super().__init__(*(log_lines(one) if isinstance(one, str) else one for one in (message, *more)))


class InputError(MlopsError):
    """What came in is wrong and stays wrong: fail at once, keep the champion, alert."""


class ConfigError(InputError):
    """A ``model.yaml``, data contract or ``estimator.py`` is wrong."""


class DataError(InputError):
    """A source or snapshot is missing, unreadable, misshapen, or in breach of its contract."""


class QuarantinedDataError(DataError):
    """A snapshot that failed its contract was about to be used."""


class ModelError(InputError):
    """A model can't be built, fitted, saved with the reviewed types, loaded, or does not reproduce itself."""


class StaleDecisionError(InputError):
    """The world moved between a decision and its execution, so that the decision no longer holds."""


class RefusedError(InputError):
    """A decision stands against what somebody asks for by hand: a gate, a check, an answer."""


class InfrastructureError(MlopsError):
    """A server, a disk or the network failed. The same call may work later."""


class StorageError(InfrastructureError):
    """The object store or the local disk did not take or give what was asked."""


class RegistryError(InfrastructureError):
    """The data registry (its git remote or its DVC remote) could not be reached or refused."""


class TrackingError(InfrastructureError):
    """The MLflow server is down, too slow, or answers with an error of its own."""


def outside_task(error: MlopsError, instead: str) -> str:
    """Return what an error says, for those who see it where no task runs that is retried.

    :param error: of something that tasks do as well.
    :param instead: what happens here, or is to be done: such as ``Run the command again``.
    """

    def put(found: re.Match[str]) -> str:
        return instead if found[1] == "T" else instead[:1].lower() + instead[1:]

    return re.sub("([Tt])he task is retried", put, str(error))
