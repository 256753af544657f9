"""``bin/mlops rollback``."""

from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson, BreakLock, ModelName

EXAMPLES = """
bin/mlops rollback credit_risk --reason "branches complain about refused regulars"
bin/mlops rollback credit_risk --to 2 --reason "version 3 and 4 share the fault" --only-from 4
"""
EXIT_CODES = {
    ExitCode.REFUSED: "the target does not reproduce its predictions, or another champion serves by now"
}


def run(
    model: ModelName,
    *,
    reason: Annotated[
        str,
        typer.Option(metavar="TEXT", help="What is wrong with the champion: for the ledger and the alert."),
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="TARGET", help="An alias, or the number of a version.")
    ] = "previous_champion",
    only_from: Annotated[
        str, typer.Option(metavar="VERSION", help="Do nothing if another version than this one serves.")
    ] = "",
    break_lock: BreakLock = False,
    as_json: AsJson = False,
) -> int:
    """Roll the champion back to a version that served before, as the rollback DAG does.

    The target has to reproduce its predictions; then the aliases move, with an entry in the ledger, and an
    alert tells whom it concerns. One that was killed is finished by the same command.
    """
    from mlops.by_hand.serving import roll_back
    from mlops.cli.by_hand import at_work, finish

    with at_work(model, "rollback", break_lock=break_lock) as learning:
        outcome = roll_back(
            learning.folder, learning.config, to=to, reason=reason, only_from=only_from, user=learning.user
        )
        return finish(outcome, as_json=as_json)
