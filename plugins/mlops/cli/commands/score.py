"""``bin/mlops score``."""

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson, AsOf, BreakLock, ModelName

EXAMPLES = """
bin/mlops score credit_risk
bin/mlops score credit_risk --as-of 2005-06-30
"""
EXIT_CODES = {ExitCode.ERROR: "the delivery breaks its contract, or the model has no champion"}


def run(
    model: ModelName, *, as_of: AsOf = None, break_lock: BreakLock = False, as_json: AsJson = False
) -> int:
    """Score the newest delivery with the champion: the tasks of the scoring DAG.

    By default that of today. A delivery that this version has scored is not scored again.
    """
    from mlops.by_hand.serving import score
    from mlops.cli.by_hand import at_work, finish
    from mlops.run_context import today

    with at_work(model, "score", break_lock=break_lock) as learning:
        outcome = score(learning.folder, learning.config, as_of or today().isoformat(), learning.user)
        return finish(outcome, as_json=as_json)
