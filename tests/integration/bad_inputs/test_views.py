"""A view that is missing, empty, too old, or says what can't be: refused in the file that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError, DataError
from include.validation.report import ContractBreach
from tests.world.world import NEXT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.bad_inputs.conftest import Printed, Refusal
    from tests.world.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

VIEW = """\
description: What a customer did in the month before.
owner: crm
source: {connection: credit_risk_source, uri: "activity/{partition}.csv", format: csv}
key: {customer_id: integer}
event_time: {column: day}
known_at: {column: seen, type: timestamp, timezone: Asia/Taipei}
columns: {n_logins: integer, plan: category}
"""
OWN = "  categorical: [sex, education, marital_status]\n"
HEAD = "customer_id,day,seen,n_logins,plan"
DAYS = ("2005-04-30", "2005-05-31", "2005-06-30")
FINE = "1,2005-06-20,2005-06-21 08:00:00,3,gold"
ZONED = "2,2005-06-20,2005-06-21 08:00:00Z,3,gold"

# what, rows of the newest delivery, what the message says besides the place
SPOILT = [
    ("view without rows", [HEAD], ["a header but no rows"]),
    ("view without a column", [HEAD.replace(",plan", ""), FINE.removesuffix(",gold")],
     ["column 'plan' is missing", "columns of include/features/activity.yaml"]),
    ("view with a key of another type", [HEAD, FINE.replace("1,", "A-1,", 1)],
     ["column 'customer_id'", "'A-1'", "64-bit integer"]),
    ("view without a key in a row", [HEAD, FINE.removeprefix("1")], ["column 'customer_id'", "nothing"]),
    ("view that contradicts itself", [HEAD, FINE, FINE.replace("gold", "free")],
     ["rows of one key and times have other values", "customer_id 1"]),
    ("view with clocks with and without a zone", [HEAD, FINE, ZONED],
     ["'seen' has times with a time zone", "the clock's timezone in include/features/activity.yaml"]),
    ("view with an event of the future", [HEAD, FINE.replace("2005-06", "2005-07")],
     ["'day' has events after the delivery's day", "2005-07-20"]),
    ("view with an event of 1970", [HEAD, FINE.replace("2005-06-20", "1970-01-01")],
     ["'day' has times at the beginning of time in computers"]),
    ("view known before it happened", [HEAD, FINE.replace("2005-06-21", "2005-05-21")],
     ["'seen' has values that became known before they held", "announced: true"]),
]  # fmt: skip


@pytest.fixture
def activity(world: World) -> Path:
    """Give the world's model a view; return the folder of its deliveries."""
    folder = world.folder.parent.parent / "features"
    folder.mkdir()
    (folder / "activity.yaml").write_text(VIEW)
    world.edit((OWN, f"{OWN}  views:\n    activity: [n_logins, plan]\n"))
    made = world.source / "activity"
    made.mkdir()
    for day in DAYS:
        event = f"{day[:8]}20"
        rows = [
            f"{one},{event},{event} 20:00:00,{one % 7},{'gold' if one % 3 else 'free'}"
            for one in range(1, 2900)
        ]
        (made / f"{day}.csv").write_text("\n".join([HEAD, *rows]) + "\n")
    return made


def test_a_delivery_of_a_view_that_says_what_cannot_be_is_refused(
    world: World, activity: Path, refused: Refusal
) -> None:
    file = activity / f"{NEXT}.csv"
    for what, rows, says in SPOILT:
        file.write_text("\n".join(rows) + "\n")
        refused(
            what, world.pipeline(), "extract", DataError, "View activity: ", f"activity/{NEXT}.csv", *says
        )


def test_a_view_that_is_not_there_or_not_described_is_refused(
    world: World, activity: Path, refused: Refusal, printed: Printed
) -> None:
    for file in activity.iterdir():
        file.rename(file.with_name(file.name.replace("2005", "2006")))
    refused(
        "view without a delivery", world.pipeline(), "extract", DataError,
        "activity/{partition}.csv: the view activity has no delivery on or before 2005-06-30",
        "include/features/activity.yaml",
    )  # fmt: skip
    pipeline = world.pipeline()
    (world.folder.parent.parent / "features" / "activity.yaml").unlink()
    with pytest.raises(ConfigError) as caught:
        pipeline.run()
    assert pipeline.begun == "extract"
    printed("view that nobody describes", "extract", caught.value)


def test_a_view_that_is_too_old_fails_the_contract_of_the_rows_that_lack_it(
    world: World, activity: Path, refused: Refusal
) -> None:
    file = world.folder.parent.parent / "features" / "activity.yaml"
    file.write_text(VIEW + "max_age: 20d\n")
    (activity / f"{NEXT}.csv").unlink()
    refused(
        "view that is too old", world.pipeline(), "validate", ContractBreach,
        f"as_of={NEXT}/accounts.csv", "activity__n_logins", "older than its max_age", "Deliver the view",
    )  # fmt: skip
