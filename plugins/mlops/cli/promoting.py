"""``bin/mlops promote``, ``register --stage production``: the approval, where one is asked for, first."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from mlops.by_hand.answers import answer, waits_for_approval

if TYPE_CHECKING:
    from mlops.by_hand.learning import Learning
    from mlops.by_hand.outcome import Outcome


def promote(
    learning: Learning,
    as_of: str | None,
    version: str | None,
    *,
    approve: bool,
    comment: str,
    before: Outcome | None = None,
) -> Outcome:
    """Promote a version by hand, with the approval first if it waits for one.

    Without ``--approve`` the question is asked on a terminal; elsewhere the promotion is refused, because
    there is no approval, and nothing is changed.

    :param learning: the model.
    :param as_of: as-of date of the run that registered it; None for any.
    :param version: the version; None for the newest.
    :param approve: whether the caller approves it.
    :param comment: kept with the approval.
    :param before: what was done before, which is shown as well.
    """
    kept = learning.find_version(as_of, version)
    steps = [before] if before else []
    if waits_for_approval(learning, kept):
        if not approve and sys.stdin.isatty():
            sys.stderr.write(learning.gate_verdict(kept).to_text() + "\n")
            sys.stderr.write(f"May version {kept.results['register']['version']} serve? [y/N] ")
            sys.stderr.flush()
            approve = sys.stdin.readline().strip().lower() in {"y", "yes"}
        if approve:
            steps.append(answer(learning, kept, approved=True, comment=comment))
    steps.append(learning.promote(kept.as_of, version))
    return replace(
        steps[-1],
        done=[line for step in steps for line in step.done],
        verdicts=[verdict for step in steps for verdict in step.verdicts],
    )
