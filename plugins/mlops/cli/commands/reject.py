"""``bin/mlops reject``."""

from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson, BreakLock, ModelName

EXAMPLES = """
bin/mlops reject credit_risk 3 --reason "trained on the wrong branch"
"""
EXIT_CODES = {ExitCode.REFUSED: "it serves already, or was approved"}


def run(
    model: ModelName,
    version: Annotated[
        str, typer.Argument(help="A version that was registered by hand.", show_default=False)
    ],
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Kept on the version and in the ledger.")],
    break_lock: BreakLock = False,
    as_json: AsJson = False,
) -> int:
    """Reject a version: it loses the alias challenger, and is not promoted by hand either.

    It counts as the answer "Reject" to the approval of a run: the same data is not trained on again
    automatically.
    """
    from mlops.by_hand.answers import answer
    from mlops.cli.by_hand import at_work, finish

    with at_work(model, "reject", break_lock=break_lock) as learning:
        kept = learning.find_version(None, version)
        return finish(answer(learning, kept, approved=False, comment=reason), as_json=as_json)
