"""OpenLineage: what the operators report about a task, where that is installed and switched on.

Nothing here is imported while DAG files are parsed, nor by a task that sends no events
(:mod:`~mlops.openlineage.emit`). Everything is made from what the task holds in memory: the provider calls
from a fork of the task's process, in which open connections must not be used again.
"""
