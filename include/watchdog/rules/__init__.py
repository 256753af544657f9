"""The rules of the watchdog: one module each, in the order in which people are notified.

A new rule is a name in ``WatchdogRule`` (``include/config/watchdog_schema.py``), a module here with a
``RULE``, and its line below.
"""

from __future__ import annotations

from include.watchdog.rules import (
    approval_waiting,
    candidate_undecided,
    champion_too_old,
    channel_failing,
    dag_paused,
    delivery_late,
    every_run_skips,
    labels_late,
    monitoring_did_not_run,
    nothing_scored,
    storage_nearly_full,
)

RULES = (
    delivery_late.RULE,
    labels_late.RULE,
    nothing_scored.RULE,
    monitoring_did_not_run.RULE,
    every_run_skips.RULE,
    champion_too_old.RULE,
    approval_waiting.RULE,
    candidate_undecided.RULE,
    channel_failing.RULE,
    storage_nearly_full.RULE,
    dag_paused.RULE,
)
