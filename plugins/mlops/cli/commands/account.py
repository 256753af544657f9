"""``bin/mlops account``."""

from mlops.cli.options import AsJson, ModelName

EXAMPLES = """
bin/mlops account credit_risk
bin/mlops account credit_risk --json
"""


def run(model: ModelName, *, as_json: AsJson = False) -> int:
    """Show what each promotion promised, delivered and cost, newest first, and the totals of each year.

    docs/probation.md says how it is measured.
    """
    from mlops.cli.account import run as show_accounts

    return show_accounts(model, as_json=as_json)
