"""Check that it is said once, and rightly, where a model is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.checks.content import text_at, value_at
from include.config.config_errors import ConfigIssue
from include.config.serving_schema import explain_address

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = ("serving",)


def serving_issues(content: dict[str, Any]) -> Iterator[ConfigIssue]:
    """Check that either an address or a connection leads to the endpoint, and that the address is one."""
    serving = value_at(content, _KEY)
    if not isinstance(serving, dict):
        return
    given = [name for name in ("url", "connection") if serving.get(name) is not None]
    if len(given) != 1:
        found = "neither url nor connection" if not given else "both url and connection"
        text = (
            f"found {found}; expected one of them: url for an address without a token, connection for an "
            "Airflow connection, which may lead elsewhere in each environment"
        )
        yield ConfigIssue(_KEY, text)
    url = text_at(content, (*_KEY, "url"))
    if url and (problem := explain_address(url)):
        yield ConfigIssue((*_KEY, "url"), problem)
