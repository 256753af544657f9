"""``bin/mlops models``."""

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson

EXAMPLES = """
bin/mlops models
bin/mlops models --json
"""
EXIT_CODES = {ExitCode.ERROR: "a folder is wrong: what, where and what is allowed is printed"}


def run(*, as_json: AsJson = False) -> int:
    """List the model folders and check their configuration.

    All three files of each are loaded as its tasks would. Each error is one line with file, line, key, what
    was found and what is allowed. A folder that still holds another model's rules gets a warning.
    """
    from mlops.cli.models import run as check

    return check(as_json=as_json)
