"""Servers that tests start: their ports, and how often a request to one that is well is sent again."""

from __future__ import annotations

import socket

# As in production: a server that is well closes a connection that nobody has used for five seconds, and a
# request that is on its way just then has to be sent again.
RETRIES = 3


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
