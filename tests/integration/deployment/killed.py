"""A deployment in a process of its own, which may kill itself before one of its writes."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import requests

from mlops.deployment.deploy import deploy
from mlops.hooks.object_store import ObjectStoreHook
from tests.integration.test_crashes import WRITES

if TYPE_CHECKING:
    from include.deployment.evidence import Evidence
    from tests.integration.deployment.conftest import Shipping


def die_at(at: int) -> None:
    """Let this process kill itself before its ``at``-th write, to MLflow or to the object store."""
    send, put, seen = requests.Session.request, ObjectStoreHook._put, 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def request(self: requests.Session, method: str, url: str, **kwargs: Any) -> requests.Response:
        if method.upper() in WRITES and "/search" not in url:
            count()
        return send(self, method, url, **kwargs)

    def write(self: ObjectStoreHook, *arguments: Any, **kwargs: Any) -> bool:
        count()
        return put(self, *arguments, **kwargs)

    requests.Session.request = request  # type: ignore[method-assign]
    ObjectStoreHook._put = write  # type: ignore[method-assign]


def start(shipping: Shipping, evidence: Evidence, at: int = 0) -> int:
    """Deploy in a process of its own; return its id."""
    child = os.fork()
    if child == 0:
        try:
            with shipping.environments.inside("production"):
                if at:
                    die_at(at)
                deploy(shipping.target(evidence))
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def ended(child: int) -> int:
    """Return how a process ended: 0, or the signal that killed it."""
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    assert os.WEXITSTATUS(status) == 0, "the deployment failed by itself"
    return 0
