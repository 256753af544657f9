"""The part of ``model.yaml`` that says where a model is served, and what a smoke test asks there."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from include.config.base import ConnectionId, Count, StrictModel, Text

DEFAULT_PORTS = {"http": 80, "https": 443}


class Serving(StrictModel):
    """Where the champion is served. A smoke test follows each promotion and each rollback.

    One of ``url`` and ``connection`` is given.

    :param url: address of the endpoint, ``http://host:port``.
    :param connection: id of the Airflow connection that leads to it; its password is the token.
    :param latency_ms: what the 95th percentile of the answers' times may be, milliseconds; None for any.
    :param requests: how many answers are timed.
    :param wait_seconds: how long the endpoint may take until it serves a new champion.
    :param timeout_seconds: how long one answer may take.
    """

    url: Text | None = None
    connection: ConnectionId | None = None
    latency_ms: Annotated[float, Field(gt=0)] | None = None
    requests: Annotated[Count, Field(le=1_000)] = 20
    wait_seconds: Annotated[int, Field(ge=0, le=3_600)] = 120
    timeout_seconds: Annotated[int, Field(ge=1, le=600)] = 10


def explain_address(url: str) -> str:
    """Return why something is not the address of an endpoint; empty where it is. A login is not repeated.

    :param url: the address.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "found no address; expected http://host:port or https://host"
    if parts.username is not None or parts.password is not None:
        return (
            f"found a login in the address of {parts.hostname}, which would end in logs; put the token into "
            "the password of an Airflow connection, or into a file (--token-file)"
        )
    if not usable or parts.query or parts.fragment or any(one.isspace() for one in url):
        return f"found {url!r}; expected the address of an endpoint, http://host:port or https://host"
    return ""
