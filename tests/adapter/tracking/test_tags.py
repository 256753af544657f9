"""MLflow tags have their names in one module, and keep them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import mlops
from include.pages.gauge_kinds import GAUGES
from mlops.tracking import tags
from mlops.tracking.tags import section_digest, section_tag

pytestmark = pytest.mark.adapter

PACKAGE = Path(mlops.__file__).parent
ROOT = PACKAGE.parents[1]
ROOMS = {path.stem for path in PACKAGE.iterdir()}  # "mlops.alerts" is a module or a logger
NAME = re.compile(r"\bmlops\.([a-z_0-9]+)")
WRITTEN = """
    airflow_run approval approval_at approval_by approval_comment as_of by candidate_run claim code_version
    comment data_digest dataset decided_by decision decision_id drift entity_column entity_type
    from_training_key from_version gate kind manifest model newest_labels partition plan
    registry_commit run_key snapshot_md5 split_rotation split_seed split_start split_test_share summary
    superseded_by task test_digest train_result training_key version
"""
GAUGED = {name.split(".")[1] for name in GAUGES}  # what metrics are of
SECTIONS = {"scoring", "drift", "performance", "groups"}  # of a window's monitoring run


def defined() -> set[str]:
    return {
        value
        for name, value in vars(tags).items()
        if name.isupper() and name != "PREFIX" and isinstance(value, str)
    }


def literals(file: Path) -> list[tuple[int, str]]:
    """Return the line and the text of every string in a file, docstrings included."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_the_names_are_those_that_earlier_releases_wrote() -> None:
    assert defined() >= {f"mlops.{name}" for name in WRITTEN.split()}
    assert section_tag("performance", "status") == "mlops.performance.status"
    assert section_digest("drift") == "mlops.drift.digest"


def test_no_two_tags_have_one_name() -> None:
    names = [value for name, value in vars(tags).items() if name.isupper() and name != "PREFIX"]
    assert len(names) == len(set(names))


def test_plugins_take_tag_names_from_the_module_of_tags() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}: {name[0]}"
        for file in sorted(PACKAGE.parent.rglob("*.py"))
        if file != Path(tags.__file__)
        for line, text in literals(file)
        for name in NAME.finditer(text)
        if name[1] not in ROOMS | GAUGED
    ]
    assert not found, f"use the constants of mlops.tracking.tags: {found}"


@pytest.mark.parametrize("folder", ["include", "docs"])
def test_messages_and_docs_name_only_tags_that_exist(folder: str) -> None:
    known = (
        {name.removeprefix("mlops.") for name in defined()} | SECTIONS | ROOMS | GAUGED | {"format", "json"}
    )
    named = {
        f"{file.relative_to(ROOT)}: {name[0]}"
        for file in sorted((ROOT / folder).rglob("*"))
        if file.suffix in {".py", ".md", ".yaml"} and "adr" not in file.parts
        for name in NAME.finditer(file.read_text(encoding="utf-8"))
        if name[1] not in known
    }
    assert not named
