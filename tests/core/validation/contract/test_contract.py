from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model, model_folders
from include.errors import ConfigError
from include.validation.contract.contract import load_contract, table_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.validation.contract.contract import Contract

pytestmark = pytest.mark.core

PROJECT = Path(__file__).parents[4]


def load(folder: Path) -> Contract:
    return load_contract(folder, load_model(folder))


@pytest.fixture
def refused(folder: Path) -> Callable[[str], list[str]]:
    """Return a function that writes a contract and returns its configuration errors, without the path."""

    def write_and_fail(content: str) -> list[str]:
        path = folder / "contract.yaml"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load(folder)
        return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]

    return write_and_fail


def rule(**changes: str) -> str:
    """Return a contract of one rule on the features with some of its keys changed."""
    keys = {"type": "expect_x", "kwargs": "{column: age}", "severity": "warning", "why": "Because."} | changes
    first, *rest = [f"{key}: {value}" for key, value in keys.items() if value]
    return "features:\n" + "\n".join([f"  - {first}", *[f"    {line}" for line in rest]])


def test_every_contract_of_the_project_loads() -> None:
    for folder in model_folders(PROJECT / "include" / "models"):
        assert load(folder).features


def test_rules_are_read_in_their_order(folder: Path) -> None:
    contract = load(folder)

    (only,) = contract.features
    assert only.type == "expect_column_values_to_be_between"
    assert only.kwargs == {"column": "age", "min_value": 18}
    assert only.severity == "critical"
    assert only.columns == ("age",)
    assert contract.labels == ()


def test_labels_may_be_left_out(edit: Callable[..., Path]) -> None:
    assert load(edit("labels: []\n", "", "contract.yaml")).labels == ()


def test_columns_of_a_rule_are_all_it_names(folder: Path) -> None:
    pair = "{column_A: amount, column_B: age}"
    (folder / "contract.yaml").write_text(rule(kwargs=pair), encoding="utf-8")
    assert load(folder).features[0].columns == ("amount", "age")

    (folder / "contract.yaml").write_text(rule(kwargs="{column_list: [age, sex]}"), encoding="utf-8")
    assert load(folder).features[0].columns == ("age", "sex")

    (folder / "contract.yaml").write_text(rule(kwargs="{min_value: 1}"), encoding="utf-8")
    assert load(folder).features[0].columns == ()


def test_the_digest_follows_the_rules_and_not_the_layout(edit: Callable[..., Path], folder: Path) -> None:
    before = load(folder).digest

    edit("features:\n", "# comment\n\nfeatures:\n", "contract.yaml")
    assert load(folder).digest == before

    edit("min_value: 18", "min_value: 19", "contract.yaml")
    assert load(folder).digest != before


def test_table_columns_are_those_of_the_canonical_snapshot(folder: Path) -> None:
    config = load_model(folder)

    assert table_columns(config, "features") == ("loan_id", "as_of", "amount", "age", "sex", "region")
    assert table_columns(config, "labels") == ("loan_id", "as_of", "lost")


def test_one_table_for_both_holds_the_target(edit: Callable[..., Path]) -> None:
    folder = edit("  labels:\n    uri: labels/known_on={partition}/labels.csv\n    format: csv\n", "")

    assert table_columns(load_model(folder), "features")[-1] == "lost"


COLUMNS = "allowed: loan_id, as_of, amount, age, sex, region"
ISSUES = {
    "unknown column": (
        {"kwargs": "{column: agee}"},
        f"3: features[0].kwargs.column: unknown column 'agee'; {COLUMNS}; did you mean 'age'?",
    ),
    "unknown column of a pair": (
        {"kwargs": "{column_A: age, column_B: lost}"},
        f"3: features[0].kwargs.column_B: unknown column 'lost'; {COLUMNS}",
    ),
    "unknown column in a list": (
        {"kwargs": "{column_list: [age, zip]}"},
        f"3: features[0].kwargs.column_list[1]: unknown column 'zip'; {COLUMNS}",
    ),
    "unknown severity": (
        {"severity": "warn"},
        "4: features[0].severity: unknown value 'warn'; allowed: critical, warning; did you mean 'warning'?",
    ),
    "no expectation": (
        {"type": "ExpectColumn"},
        "2: features[0].type: found text 'ExpectColumn'; allowed: the name of a Great Expectations "
        "expectation, such as expect_column_values_to_not_be_null",
    ),
    "missing reason": ({"why": ""}, "2: features[0].why: the key is missing; add it"),
    "unknown key": (
        {"meta": "{a: 1}"},
        "6: features[0].meta: unknown key 'meta'; allowed: type, kwargs, severity, why",
    ),
    "share of nothing": (
        {"kwargs": "{column: age, mostly: 0}"},
        "3: features[0].kwargs.mostly: found number 0; allowed: more than 0 and at most 1",
    ),
    "share in percent": (
        {"kwargs": "{column: age, mostly: 95}"},
        "3: features[0].kwargs.mostly: found number 95; allowed: more than 0 and at most 1",
    ),
    "date without quotes": (
        {"kwargs": "{column: as_of, min_value: 2005-04-30}"},
        "3: features[0].kwargs.min_value: found date 2005-04-30; expected text, a number, true, false, null, "
        "or a list or mapping of them; quote dates",
    ),
}


@pytest.mark.parametrize(("changes", "expected"), ISSUES.values(), ids=ISSUES.keys())
def test_a_configuration_error_gets_one_line_with_its_place_and_remedy(
    refused: Callable[[str], list[str]], changes: dict[str, str], expected: str
) -> None:
    assert refused(rule(**changes)) == [expected]


def test_the_same_rule_twice_is_refused(refused: Callable[[str], list[str]]) -> None:
    twice = rule() + "\n" + rule(severity="critical").removeprefix("features:\n")

    assert refused(twice) == ["6: features[1]: the same rule as features[0]; keep one"]


def test_rules_for_labels_without_a_labels_table_are_refused(
    edit: Callable[..., Path], refused: Callable[[str], list[str]]
) -> None:
    edit("  labels:\n    uri: labels/known_on={partition}/labels.csv\n    format: csv\n", "")

    (line,) = refused("features: []\n" + rule(kwargs="{column: lost}").replace("features", "labels"))

    assert line == (
        "2: labels: the model has no labels table (source.labels); write these rules under features"
    )


def test_all_configuration_errors_are_reported_at_once(refused: Callable[[str], list[str]]) -> None:
    lines = refused(rule(kwargs="{column: zip, mostly: 2}", severity="bad"))

    assert [line.split(": ")[1] for line in lines] == [
        "features[0].kwargs.column", "features[0].kwargs.mostly", "features[0].severity",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content", ["features: 5\n", "features: [5]\n", "features: [{kwargs: 5}]\n", "labels: []\n"]
)
def test_another_shape_is_refused(refused: Callable[[str], list[str]], content: str) -> None:
    assert refused(content)


def test_a_missing_contract_is_refused(folder: Path) -> None:
    config = load_model(folder)
    (folder / "contract.yaml").unlink()

    with pytest.raises(ConfigError, match=r"contract\.yaml: the file is missing; create it"):
        load_contract(folder, config)
