"""Where Airflow's API server mounts what this project adds to it."""

from __future__ import annotations

PREFIX = "/mlops"
