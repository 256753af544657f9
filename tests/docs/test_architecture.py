"""docs/architecture.md: the map follows from the imports, and every folder has a row."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.docs import architecture

pytestmark = pytest.mark.core

SHARED = "include/models/_shared"  # a folder that a team may make


def test_every_folder_has_a_row():
    listed = architecture.listed_paths()
    homes = {architecture.home(file, set(listed)) for file in architecture.imports()}
    assert homes == set(listed), "folders without a row, and rows without a folder, in docs/architecture.md"
    assert len(listed) == len(set(listed))


def test_picture_and_table_follow_from_the_imports():
    assert architecture.PAGE.read_text(encoding="utf-8") == architecture.page(), "stale: run `make docs`"


def test_arrows_that_others_lead_to_are_left_out():
    arrows = {"dags": {"hooks", "core"}, "hooks": {"core"}, "core": set()}
    assert architecture.reduced(arrows) == {"core": [], "dags": ["hooks"], "hooks": ["core"]}


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{name.name}" for name in (ROOT / "docs").glob("*.md"))]
)
def test_files_that_a_page_names_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:include|plugins|dags|demo|tests|benchmarks|docs|bin)/[\w./*-]*)`", text)
    assert [name for name in named if not list(ROOT.glob(name)) and name != SHARED] == []
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_names_that_how_to_add_uses_are_in_the_code():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## How to add")[1].split("## ")[0]
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("include", "plugins")
        for path in (ROOT / folder).rglob("*.py")
    )
    names = set(re.findall(r"`([A-Za-z_]+)`", text)) - {"if"}
    assert {"ModelOperator", "Measure"} <= names
    assert [name for name in names if not re.search(rf"\b{name}\b", code)] == []
