"""What a team can get wrong in a view's file, or where a model names one: file, line, key, and what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from include.config.load import COMPANIONS, load_model
from include.errors import ConfigError
from tests.core.config.conftest import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core

VIEW = """\
description: What a borrower did.
owner: crm
source: {connection: crm, uri: "activity/{partition}.csv", format: csv}
key: {loan_id: integer}
event_time: {column: day}
known_at: {column: seen}
delay: 1d
max_age: 90d
columns: {n_logins: integer, plan: category, active: boolean, score: numeric}
"""
OWN = "  categorical: [sex, region]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The model folder, with room for views beside it."""
    made = tmp_path / "models" / "loans"
    made.mkdir(parents=True)
    (made / "model.yaml").write_text(MODEL)
    for name in COMPANIONS:
        (made / name).write_text("")
    return made


@pytest.fixture
def views(folder: Path) -> Path:
    """The folder of the views, with one."""
    made = folder.parent.parent / "features"
    made.mkdir(exist_ok=True)
    (made / "activity.yaml").write_text(VIEW)
    return made


def use(edit: Callable[..., Path], text: str) -> Path:
    """Let the model use views."""
    return edit(OWN, f"{OWN}  views:\n    {text}\n")


def test_columns_of_views_stand_behind_the_models_own(edit: Callable[..., Path], views: Path) -> None:
    config = load_model(use(edit, "activity: [plan, score, active]"))
    assert config.features.numeric == ("amount", "age", "activity__score", "activity__active")
    assert config.features.categorical == ("sex", "region", "activity__plan")
    assert config.age_columns == ("activity__age_days",)
    assert "activity__age_days" not in config.feature_names
    assert config.features.views["activity"].match == {"loan_id": "loan_id"}


def test_only_what_decides_a_value_is_in_the_digest(edit: Callable[..., Path], views: Path) -> None:
    folder = use(edit, "activity: [plan]")
    before = load_model(folder)
    file = views / "activity.yaml"
    file.write_text(VIEW.replace("owner: crm", "owner: sales").replace("score: numeric", "other: numeric"))
    assert load_model(folder).digest == before.digest
    file.write_text(VIEW.replace("delay: 1d", "delay: 2d"))
    assert load_model(folder).data_digest != before.data_digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "activty: [plan]",
            r"model.yaml:26: features.views.activty: unknown view 'activty'.*did you mean 'activity'",
        ),
        ("activity: [plam]", r"features.views.activity\[0\]: 'plam' is not a column.*did you mean 'plan'"),
        ("activity: [plan, plan]", r"features.views.activity\[1\]: 'plan' is listed twice"),
        ("activity: []", r"features.views.activity: found list \[\]; expected a list of columns"),
        ("activity: {columns: [plan], with: {}}", r"activity.with: unknown key 'with'; allowed: columns"),
        ("activity: {columns: [plan], match: {id: age}}", r"match.id: 'id' is not in the key of the view"),
        ("activity: {columns: [plan], match: {loan_id: sex}}", r"it is integer, and the model's 'sex' is"),
        ("activity: {columns: [plan], match: {loan_id: lost}}", r"'lost' is target.column"),
        (
            "activity: {columns: [plan], match: {loan_id: activity__score}}",
            r"'activity__score' is a joined column itself.*no two views can wait for each other",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_where_a_view_is_named(
    text: str, said: str, edit: Callable[..., Path], views: Path
) -> None:
    with pytest.raises(ConfigError, match=said):
        load_model(use(edit, text))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "n_logins: integer",
            "n_logins: int",
            r"features/activity.yaml:9: columns.n_logins: unknown value 'int'",
        ),
        ("max_age: 90d", "max_age: 90", r"activity.yaml:8: max_age: "),
        ("delay: 1d", "delay: 5h", r"activity.yaml:7: delay: found '5h', and known_at is a date"),
        ("{column: seen}", "{column: day}", r"activity.yaml:6: known_at.column: 'day' is event_time too"),
        ("{column: day}", "{column: day, timezone: Mars}", r"event_time.timezone: found 'Mars'"),
        ("plan: category", "day: category", r"columns.day: 'day' is event_time too"),
        ("plan: category", "age_days: numeric", r"columns.age_days: 'age_days' is what the age"),
        ("plan: category", "mlops_x: numeric", r"columns.mlops_x: names that begin with 'mlops_' are kept"),
        ("owner: crm\n", "", r"owner: the key is missing"),
        (
            "owner: crm",
            "announced: maybe\nowner: crm",
            r"activity.yaml:2: announced: found text 'maybe'; expected true",
        ),
        ("loan_id: integer", "loan_id: date", r"activity.yaml:4: key.loan_id: unknown value 'date'"),
        (
            "{column: seen}",
            "{column: seen, type: time}",
            r"activity.yaml:6: known_at.type: unknown value 'time'",
        ),
        ("max_age: 90d", "max_ege: 90d", r"activity.yaml:8: max_ege: unknown key.*max_age"),
        ("{partition}", "x", r"activity.yaml:3: source.uri: found"),
    ],
)
def test_what_is_wrong_in_the_file_of_a_view_costs_the_models_that_name_it(
    old: str, new: str, said: str, edit: Callable[..., Path], views: Path, folder: Path
) -> None:
    file = views / "activity.yaml"
    file.write_text(
        VIEW.replace(old, new, 1).replace("score: numeric", "score: numeric, plan: category")
        if "plan" in old
        else VIEW.replace(old, new, 1)
    )
    load_model(folder)
    with pytest.raises(ConfigError, match=re.compile(said)):
        load_model(use(edit, "activity: [score]"))


def test_a_name_that_collides_is_refused(edit: Callable[..., Path], views: Path) -> None:
    edit("[amount, age]", "[amount, age, activity__score]")
    with pytest.raises(ConfigError, match="the joined column would be called 'activity__score'"):
        load_model(use(edit, "activity: [score]"))
