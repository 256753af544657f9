"""At most one retraining per piece of evidence, although anything may be killed at any moment and run twice.

Two tasks work together. ``policy`` reads the state, decides, writes the state and hands on; ``retrain`` is
Airflow's ``TriggerDagRunOperator`` with a run id that follows from the evidence and nothing else, and with
``skip_when_already_exists``. Three facts carry the promise:

1. **The run id is the lock.** Airflow has at most one run of an id. Whoever comes second with the same
   evidence (another monitor, a cleared task, a retry, the next day) is skipped. This holds even when the
   state is lost: Airflow forgets it when no DAG names the asset for a while.
2. **The state is written first, as an intention.** It holds the cooldown's beginning and the evidence,
   together with the run id as ``pending``. Were the trigger first and the state second, a crash in between
   would leave a retraining that no cooldown knows, and the next day's new evidence would start another.
3. **Only Airflow knows what was started.** While the run of ``pending`` does not exist, the intention counts
   for nothing: neither as acted on nor for the cooldown. So a crash between state and trigger loses nothing;
   the next check decides anew, and its evidence comes to the same run id if it is the same. Once the run has
   been seen, the state says so for good, also after somebody has cleaned up old runs.

The state itself is read, then written, without a lock. ``max_active_runs=1`` on the DAG and
``max_active_tis_per_dag=1`` on ``policy`` (a backfill has a limit of its own) keep two checks from doing so
at once; the second keeps the cooldown exact, the first promise does not need it.
``tests/core/monitoring/policy/test_exactly_once.py`` drives all this through random interleavings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.monitoring.policy.decide import Decision
    from include.monitoring.policy.inputs import PolicyState


def decide_once(
    decide: Callable[[PolicyState], Decision], state: PolicyState, exists: Callable[[str], bool]
) -> Decision:
    """Decide with what Airflow knows about the retrainings that were started.

    :param decide: :func:`include.monitoring.policy.decide.decide` with everything but the state.
    :param state: the state as it was read.
    :param exists: whether there is a retraining run of an id.
    :return: the decision, whose state is to be written before anything is triggered.
    """
    if state.pending is not None and exists(state.pending):
        state = state.started()
    decision = decide(state)
    if decision.run_id is None or not exists(decision.run_id):
        return decision
    # Another check was quicker, or the state was lost: when it started is not known, so the cooldown begins
    # now.
    since = state.cooling_since or decision.state.last_retraining
    found = replace(decision.state, last_retraining=since)
    if state.last_worse_version == found.last_worse_version and state.pending is None:
        found = replace(found, last_worse=state.last_worse or found.last_worse)
    return decide(found.started())
