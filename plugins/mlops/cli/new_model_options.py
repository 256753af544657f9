"""The options of ``bin/mlops new-model``."""

from __future__ import annotations

import argparse
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from include.config.tasks import TASKS

_EXAMPLES = """\
examples:
  bin/mlops new-model churn --from customers.csv.gz --target churned --time signed_up --entity customer_id
  bin/mlops new-model fares --from trips/ --target fare --time picked_up --every week --dry-run
  bin/mlops new-model churn --sql churn.sql --connection warehouse --target churned --time signed_up
  bin/mlops new-model grades --from wines.parquet --target grade --time bottled --task multiclass

What is printed: each column, what it holds and what becomes of it; task, partitions, entity, labels and test
set, each with the reason; what a trivial and a default model reach under the split that training will use;
the floors that follow; columns that may know the target; and how the first training will end.

exit codes: 0 the folder is written (or would be, with --dry-run), 1 the table can't be used so or something
is there already, 2 the options are wrong
"""


def add_options(new: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser.

    :param new: the parser.
    """
    new.description = "Look at a table, try a default model as training would, and write a model folder."
    new.epilog, new.formatter_class = _EXAMPLES, argparse.RawDescriptionHelpFormatter
    new.add_argument("name", help="of the model: lower-case letters, digits, underscores")
    table = new.add_mutually_exclusive_group(required=True)
    table.add_argument(
        "--from", dest="source", type=Path, metavar="PATH",
        help="a .csv, .csv.gz, .csv.zst or .parquet file, or a folder of such files",
    )  # fmt: skip
    table.add_argument(
        "--sql", type=Path, metavar="FILE",
        help="a query of the database behind --connection, with :from and :to around the time column",
    )  # fmt: skip
    new.add_argument("--target", required=True, metavar="COLUMN", help="what is predicted")
    new.add_argument("--time", required=True, metavar="COLUMN", help="when a row was observed, or happened")
    new.add_argument("--entity", metavar="COLUMN", help="whom a row is about; looked for by default")
    new.add_argument("--task", choices=sorted(TASKS), help="by default what the target looks like")
    new.add_argument("--every", choices=("day", "week", "month"), help="length of a partition")
    new.add_argument("--delay-days", type=_days, metavar="N", help="days until the target of a row is known")
    new.add_argument(
        "--leave-out", action="append", default=[], metavar="COLUMN", help="no feature; may be given again"
    )
    new.add_argument(
        "--timezone", type=_zone, default="UTC", metavar="NAME", help="whose midnight ends a day (UTC)"
    )
    new.add_argument(
        "--connection", default="data_folder", metavar="ID",
        help="Airflow connection: of --from, whose root the deliveries lie below (data_folder: the folder "
        "data/ here); of --sql, to the database",
    )  # fmt: skip
    new.add_argument("--data", type=Path, metavar="FOLDER", help="that root on this machine (data/)")
    new.add_argument("--owner", default="nobody", metavar="TEAM", help="who answers for the model")
    new.add_argument("--dry-run", action="store_true", help="look and try, write nothing")


def _days(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days; expected 0 or more")
    return int(text)


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time zone; expected a name such as Europe/Berlin"
        ) from error
    return text
