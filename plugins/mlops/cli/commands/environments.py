"""``bin/mlops environments``."""

from typing import Annotated

import typer

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson, complete_environments

EXAMPLES = """
bin/mlops environments
bin/mlops environments --json
bin/mlops environments --mark production
"""
EXIT_CODES = {ExitCode.DIFFERS: "an environment can't be reached, or is not what its connections say"}


def run(
    *,
    mark: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=complete_environments,
            help="Mark the places of this environment as its own: once, when it is new.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """List the environments: where each is, which champions serve there, and what differs.

    An environment is a set of connections: config/environments/<name>.yaml, or MLOPS_<NAME>_CONN_<ID>
    variables. Its MLflow, object store and data registry bear its name. `bin/mlops --environment NAME
    COMMAND` runs any command in one, and refuses a connection that leads into another.
    """
    from mlops.cli.environments import run as show_environments

    return show_environments(mark=mark, as_json=as_json)
