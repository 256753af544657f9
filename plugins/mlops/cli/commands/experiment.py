"""``bin/mlops experiment``."""

from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import ModelName

EXAMPLES = """
bin/mlops experiment flight_time estimator.parameters.alpha=0.1
bin/mlops experiment credit_risk estimator.seed=1 split.test_share=0.25 --name wider
"""
EXIT_CODES = {ExitCode.ERROR: "a key or a value is wrong, git is missing, or a stage failed: what is printed"}


def run(
    model: ModelName,
    assignments: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="A key of model.yaml and its value.", show_default=False),
    ] = None,
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What DVC calls it; by default it finds a name.")
    ] = None,
) -> int:
    """Run a model's pipeline under other parameters, without Airflow, as an experiment of DVC.

    Keys are checked first: one that model.yaml does not have is refused with the nearest name. Then it is
    `dvc exp run -S`, and `dvc metrics diff`, `dvc plots diff` and `dvc exp show` compare.
    """
    from mlops.cli.experiment import run as run_experiment

    return run_experiment(model, assignments or [], name=name)
