"""``bin/mlops why``."""

from typing import Annotated

import typer

from mlops.cli.options import AsJson, ModelName

EXAMPLES = """
bin/mlops why credit_risk
bin/mlops why credit_risk champion
bin/mlops why credit_risk --kind rejection -n 10
"""


def run(
    model: ModelName,
    version: Annotated[
        str | None,
        typer.Argument(help="Number or alias of a version; by default any.", show_default=False),
    ] = None,
    *,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="Only decisions such as promotion or rollback.")
    ] = None,
    number: Annotated[int, typer.Option("--number", "-n", metavar="N", min=1, help="How many.")] = 1,
    as_json: AsJson = False,
) -> int:
    """Show the last verdicts: what was decided, by which rules, and what would have changed it.

    The same text as at the end of the task's log. `bin/mlops ledger` lists all decisions, one line each.
    """
    from mlops.cli.status import why

    return why(model, version, kind=kind, number=number, as_json=as_json)
