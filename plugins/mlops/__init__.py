"""Operators, hooks and links that put the core in ``include`` to work inside Airflow."""
