"""How long the demo waits for a locked SQLite database: a minute per connection, instead of five seconds.

SQLite lets one process write at a time. On a busy laptop a single transaction may take seconds, and a process
that has waited for SQLite's default of five seconds gets "database is locked". Airflow reads the arguments of
its connections from dicts that a setting names by their import path; this module imports nothing, since each
of Airflow's processes loads it before anything else.
"""

from __future__ import annotations

BUSY_SECONDS = 60

# Two, because Airflow adds to the first.
CONNECT_ARGS = {"timeout": BUSY_SECONDS}
CONNECT_ARGS_ASYNC = {"timeout": BUSY_SECONDS}
