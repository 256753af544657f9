"""``bin/mlops promote``."""

from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import ApprovalComment, Approve, AsJson, AsOf, BreakLock, ModelName

EXAMPLES = """
bin/mlops promote credit_risk
bin/mlops promote credit_risk 3
bin/mlops promote credit_risk 3 --approve --comment "checked with risk"
"""
EXIT_CODES = {
    ExitCode.REFUSED: "it does not reproduce its predictions, was rejected, its approval is missing, or "
    "another champion serves by now"
}


def run(
    model: ModelName,
    version: Annotated[
        str | None,
        typer.Argument(
            help="A version that was registered by hand; by default the newest.", show_default=False
        ),
    ] = None,
    *,
    as_of: AsOf = None,
    approve: Approve = False,
    comment: ApprovalComment = "",
    break_lock: BreakLock = False,
    as_json: AsJson = False,
) -> int:
    """Make a version that passed its gate the champion.

    As the task promote does it: a fresh process has to reproduce the predictions of its evaluation; then the
    plan goes into the ledger, "on manual request" with your name, and the aliases move. Killed in between,
    the same command finishes it.
    """
    from mlops.cli.by_hand import at_work, finish
    from mlops.cli.promoting import promote

    with at_work(model, "promote", break_lock=break_lock) as learning:
        return finish(promote(learning, as_of, version, approve=approve, comment=comment), as_json=as_json)
