"""How long the demo's SQLite databases are waited for: a minute on each connection, instead of five seconds.

SQLite lets one process write at a time. On a laptop that is busy with other things a single transaction may
take seconds, and whoever has waited for SQLite's five by then gets "database is locked". Airflow takes what
it opens its connections with from dicts that a setting names by their import path; this module imports
nothing, since each of Airflow's processes loads it before anything else.
"""

from __future__ import annotations

BUSY_SECONDS = 60

# Two, because Airflow adds to the first.
CONNECT_ARGS = {"timeout": BUSY_SECONDS}
CONNECT_ARGS_ASYNC = {"timeout": BUSY_SECONDS}
