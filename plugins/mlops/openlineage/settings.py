"""Settings of OpenLineage with which no task waits for a backend that does not answer. Imports none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RETRIES = ("total", "connect", "read")
PAGE = "docs/openlineage.md has settings that do not."
SECONDS = 1  # for one request, where nobody says otherwise
_LONGEST = 2.0  # seconds for one request
_DEFAULT = 5.0  # ... of the client


def complete(transport: Mapping[str, Any]) -> dict[str, Any]:
    """Return a transport that retries nothing and soon gives up, as far as it does not say otherwise.

    :param transport: Airflow's setting ``[openlineage] transport``.
    """
    kind, parts = transport.get("type"), transport.get("transports")
    if kind == "http":
        return {"timeout": SECONDS, "retry": dict.fromkeys(RETRIES, 0), **transport}
    if kind == "composite" and isinstance(parts, dict):
        return {**transport, "transports": {name: _completed(one) for name, one in parts.items()}}
    if kind == "composite" and isinstance(parts, list):
        return {**transport, "transports": [_completed(one) for one in parts]}
    return dict(transport)


def _completed(part: Any) -> Any:
    return complete(part) if isinstance(part, dict) else part


def find_warnings(transport: Mapping[str, Any], *, in_thread: bool, execution_timeout: int) -> list[str]:
    """Return what would make tasks wait, a sentence each; nothing where no backend is configured.

    :param transport: Airflow's setting ``[openlineage] transport``.
    :param in_thread: its setting ``execute_in_thread``.
    :param execution_timeout: its setting ``execution_timeout``, in seconds.
    """
    if not transport:
        return []
    found = [warning for one in _requests(transport) for warning in _of_http(one)]
    if found and not in_thread:
        found.append(
            "execute_in_thread is off: events are sent by a fork of the task, which waits "
            f"{execution_timeout + 3} s for each where the backend hangs"
        )
    return found


def _requests(transport: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the transports that send requests while a task waits, those in a composite one too."""
    kind = transport.get("type")
    if kind == "http":
        yield transport
    elif kind == "composite":
        parts = transport.get("transports") or []
        for one in parts.values() if isinstance(parts, dict) else parts:
            yield from _requests(one)


def _of_http(transport: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with one transport."""
    retry, url = transport.get("retry") or {}, transport.get("url")
    on = [name for name in RETRIES if retry.get(name, 5) != 0]
    if retry.get("total", 5) != 0 and on:
        yield (
            f"requests to {url} are retried (retry.{', retry.'.join(on)}): a backend that refuses or fails "
            "costs each task up to 18 s; expected 0"
        )
    seconds = float(transport.get("timeout", _DEFAULT))
    if seconds > _LONGEST:
        yield (
            f"requests to {url} may take {seconds:g} s each, twice per task; expected a timeout of at most "
            f"{_LONGEST:g}"
        )
