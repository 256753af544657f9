"""``bin/mlops views``."""

from mlops.cli.exit_codes import ExitCode
from mlops.cli.options import AsJson

EXAMPLES = """
bin/mlops views
bin/mlops views --json
"""
EXIT_CODES = {ExitCode.ERROR: "the file of a view or of a model is wrong"}


def run(*, as_json: AsJson = False) -> int:
    """List the feature views: who uses them, how new they are, what rows lack of them.

    docs/feature-views.md says what a view is.
    """
    from mlops.cli.views import run as list_views

    return list_views(as_json=as_json)
