"""``bin/mlops backfill``."""

from typing import Annotated

import typer

from mlops.cli.options import AsJson, ModelName, Since, Until, check_order

EXAMPLES = """
bin/mlops backfill credit_risk --dry-run
bin/mlops backfill credit_risk --from 2005-05-31 --to 2005-08-31
"""


def run(
    model: ModelName,
    *,
    since: Since = None,
    until: Until = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list the days and what is done of them.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Score and watch the past deliveries of a model, in order, through Airflow.

    May be killed and started again: what is done stays, what had failed is tried again, the rest goes on.
    docs/backfill.md shows one.
    """
    check_order(since, until)
    if as_json and not dry_run:
        raise typer.BadParameter("goes with --dry-run: only then is there a table", param_hint="--json")
    from mlops.cli.backfill import Options
    from mlops.cli.backfill import run as backfill

    return backfill(Options(model=model, since=since, until=until, dry_run=dry_run, as_json=as_json))
