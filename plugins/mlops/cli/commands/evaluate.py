"""``bin/mlops evaluate``."""

from mlops.cli.options import AsJson, AsOf, BreakLock, ModelName

EXAMPLES = """
bin/mlops evaluate credit_risk
bin/mlops evaluate credit_risk --as-of 2005-05-31 --json
"""


def run(
    model: ModelName, *, as_of: AsOf = None, break_lock: BreakLock = False, as_json: AsJson = False
) -> int:
    """Evaluate what was trained, beside the champion, and show what the gate would decide.

    Both on the same frozen test set, with confidence intervals. The gate only shows its verdict here: no
    exam is recorded, and nothing is registered.
    """
    from mlops.cli.by_hand import at_work, finish

    with at_work(model, "evaluate", break_lock=break_lock) as learning:
        return finish(learning.evaluate(as_of), as_json=as_json)
