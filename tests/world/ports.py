"""Servers that tests start: their ports, and how often a request to one that is well is sent again."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

# As in production: a server that is well closes a connection that nobody has used for five seconds, and a
# request that is on its way just then has to be sent again.
RETRIES = 3


# Below those that the system gives to connections as their own end (from 32768 on with Linux): one of these
# may be taken by a connection of anybody before the server that is to listen there has started.
_PORTS = range(20_000, 32_768)


def free_port() -> int:
    """Return a port on which nobody listens, and which no connection is given as its own end."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
