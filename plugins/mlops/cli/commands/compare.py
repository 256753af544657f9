"""``bin/mlops compare``."""

from typing import Annotated

import typer

from mlops.cli.options import AsJson, ModelName

EXAMPLES = """
bin/mlops compare credit_risk challenger champion
bin/mlops compare credit_risk 2 1 --metric roc_auc
"""


def run(
    model: ModelName,
    first: Annotated[
        str, typer.Argument(metavar="A", help="Number or alias of a version.", show_default=False)
    ],
    second: Annotated[
        str, typer.Argument(metavar="B", help="Number or alias of another.", show_default=False)
    ],
    *,
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="Only this metric.")] = None,
    as_json: AsJson = False,
) -> int:
    """Compare two versions on one frozen test set that neither has learned from.

    The test set of A is taken, or that of B. How much better A is, in each metric, has a confidence interval
    over the same rows. Nothing is recorded.
    """
    from mlops.cli.compare import run as compare

    return compare(model, first, second, metric=metric, as_json=as_json)
