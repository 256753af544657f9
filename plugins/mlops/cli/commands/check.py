"""``bin/mlops check``."""

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson

EXAMPLES = """
bin/mlops check
docker compose exec airflow-scheduler bin/mlops check
"""
EXIT_CODES = {ExitCode.DIFFERS: "a connection does not work"}


def run(*, as_json: AsJson = False) -> int:
    """Try the connections to MLflow, the data registry and the object store.

    Something is written and read where the connection is for writing. Each gets a line, whatever the others
    say. Settings of OpenLineage that would make tasks wait for a backend are warned of.
    """
    from mlops.cli.check import run as check

    return check(as_json=as_json)
