"""``bin/mlops register``."""

from typing import Annotated, Literal

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import ApprovalComment, Approve, AsJson, AsOf, BreakLock, ModelName

EXAMPLES = """
bin/mlops register credit_risk
bin/mlops register credit_risk --stage production
bin/mlops register credit_risk --stage production --approve --comment "checked with risk"
"""
EXIT_CODES = {
    ExitCode.REFUSED: "the gate rejects or blocks it, it does not reproduce its predictions, its approval is "
    "missing, or another champion serves by now"
}


def run(
    model: ModelName,
    *,
    stage: Annotated[
        Literal["staging", "production"],
        typer.Option(help="staging: alias challenger. production: champion, as `promote` does it."),
    ] = "staging",
    as_of: AsOf = None,
    approve: Approve = False,
    comment: ApprovalComment = "",
    break_lock: BreakLock = False,
    as_json: AsJson = False,
) -> int:
    """Let the gate decide about what was trained, and register it as a version where it passes.

    What is not evaluated yet is evaluated first. The gate's decision is for the record: an exam of the
    champion, and in the ledger where it rejects. Nothing is registered that has not passed.
    """
    from mlops.cli.by_hand import at_work, finish
    from mlops.cli.promoting import promote

    with at_work(model, "register", break_lock=break_lock) as learning:
        outcome = learning.register(as_of)
        if stage == "production" and not outcome.refused:
            outcome = promote(
                learning, str(outcome.figures["as_of"]), None,
                approve=approve, comment=comment, before=outcome,
            )  # fmt: skip
        return finish(outcome, as_json=as_json)
