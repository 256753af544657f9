"""What of a connection is read here, whoever found it: Airflow, or this project without it."""

from __future__ import annotations

from typing import Any, Protocol


class ConnectionFields(Protocol):
    """As ``airflow.sdk.Connection``."""

    @property
    def host(self) -> str | None:
        """The host."""

    @property
    def port(self) -> int | None:
        """The port."""

    @property
    def schema(self) -> str | None:
        """The schema: of MLflow ``http`` or ``https``."""

    @property
    def login(self) -> str | None:
        """The user name."""

    @property
    def password(self) -> str | None:
        """What goes with it."""

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """Everything else."""
