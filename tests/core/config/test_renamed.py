"""An old key of model.yaml is refused with its new name, and with nothing else about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.config.renamed import RENAMED, renamed_issues
from include.config.schema import ModelConfig
from include.config.schema_errors import schema_issues

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core

OLD = "alerts:\n", "monitoring:\n  performance: {min_coverage: 0.5}\nalerts:\n"


def test_an_old_key_has_one_line_that_names_the_new_one(
    edit: Callable[..., Path], issues: Callable[[], list[str]]
) -> None:
    edit(*OLD)
    (line,) = issues()
    assert line.endswith(
        "monitoring.performance.min_coverage: the key is called target.min_coverage now; move it: write "
        "min_coverage under target"
    )


def found(content: object, renamed: dict) -> list[tuple[tuple, str]]:
    return [(one.key, one.text) for one in renamed_issues(content, renamed)]


def test_a_key_a_section_and_a_key_below_chosen_names_can_be_renamed() -> None:
    renamed = {
        ("split", "seed"): ("split", "salt"),
        ("probe",): ("reproducibility",),
        ("sensitive", "*", "bands"): ("groups", "*", "cuts"),
    }
    content = {"split": {"seed": 1}, "probe": {}, "sensitive": {"age": {"bands": [3]}, "sex": {}}}
    assert found(content, renamed) == [
        (("split", "seed"), "the key is called split.salt now; write salt in its place"),
        (("probe",), "the key is called reproducibility now; write reproducibility in its place"),
        (
            ("sensitive", "age", "bands"),
            "the key is called groups.age.cuts now; move it: write cuts under groups.age",
        ),
    ]


@pytest.mark.parametrize("content", [{}, {"monitoring": 3}, {"monitoring": {"performance": None}}])
def test_a_file_without_old_keys_or_of_any_shape_has_none(content: dict) -> None:
    assert found(content, RENAMED) == []


def test_what_is_renamed_is_unknown_today_and_its_new_name_is_known() -> None:
    """The list can't go stale: no old name is a key again, and every new name is a key."""
    from pydantic import ValidationError

    def complaints(key: tuple) -> list[str]:
        content: dict = {}
        inner = content
        for part in key[:-1]:
            inner = inner.setdefault(part, {})
        inner[key[-1]] = "x"
        try:
            ModelConfig.model_validate(content)
        except ValidationError as error:
            return [one.text for one in schema_issues(error, ModelConfig) if one.key == key]
        return []

    for old, new in RENAMED.items():
        assert any("unknown key" in text for text in complaints(old)), old
        assert not any("unknown key" in text for text in complaints(new)), new
