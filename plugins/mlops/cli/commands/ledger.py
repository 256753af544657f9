"""``bin/mlops ledger``."""

from mlops.cli.options import AsJson, ModelName

EXAMPLES = """
bin/mlops ledger credit_risk
bin/mlops ledger credit_risk --json
"""


def run(model: ModelName, *, as_json: AsJson = False) -> int:
    """Show every decision about a model, newest first.

    Promotions, rejections, approvals, rollbacks: when, by whom, which version took the place of which, and
    why. A decision is planned, then applied or abandoned.
    """
    from mlops.cli.ledger import run as show_ledger

    return show_ledger(model, as_json=as_json)
