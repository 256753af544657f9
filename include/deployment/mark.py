"""The mark of an environment: store, MLflow and data registry each say which environment they belong to.

A connection says where something lies, and can be exchanged by a slip of the hand. The mark lies where the
connection leads to, so that whoever arrives there knows where he is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from include.errors import ConfigError
from include.records import Record, RecordKind

MARK = RecordKind(
    name="mark of an environment",
    remedy="look at what lies there; `bin/mlops environments --mark NAME` writes one where there is none",
)
MARK_TAG = "environment"
"""In MLflow, on an experiment of its own: the environment's name."""


@dataclass(frozen=True, kw_only=True)
class Mark(Record, kind=MARK):
    """What is written into a store.

    :param environment: name of the environment that the store belongs to.
    """

    environment: str

    def _plain(self) -> dict[str, Any]:
        return {"environment": self.environment}

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        return cls(environment=str(fields["environment"]))


def check_mark(found: str | None, expected: str, *, where: str, connection: str) -> None:
    """Make sure that a place belongs to the environment in which a process works.

    :param found: the environment that the place says it belongs to; None where it says nothing.
    :param expected: the environment of this process.
    :param where: the place, as people know it.
    :param connection: id of the connection that led there.
    :raises ConfigError: it belongs to another one, or to none.
    """
    if found == expected:
        return
    if found is None:
        raise ConfigError(
            f"{where} (connection {connection!r}) bears no mark of an environment, and this process works in "
            f"{expected!r}: nothing was read or written. If the connection is right and the place is new, "
            f"mark it once: `bin/mlops environments --mark {expected}`."
        )
    raise ConfigError(
        f"{where} (connection {connection!r}) belongs to environment {found!r}, and this process works in "
        f"{expected!r}: nothing was read or written. Correct the connection, or choose the other environment."
    )
