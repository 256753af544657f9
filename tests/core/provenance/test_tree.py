"""Lineage as text and JSON: every gap has a name, whatever is left out."""

from __future__ import annotations

import json

import pytest

from include.provenance.graph import Graph, Node
from include.provenance.page import render_lineage
from include.provenance.tree import render_tree
from include.strict_json import to_json

pytestmark = pytest.mark.core


def graph(files: int = 2, missing: int | None = None) -> Graph:
    made = Graph("where does it come from?")
    root = made.add_root(Node(kind="version", name="m/1", facts={"alias": "champion", "registered": ""}))
    run = made.link(root, "trained by", Node(kind="run", name="r1"))
    code = Node(kind="commit", name="c1")
    made.link(run, "by code", code)
    for number in range(files):
        gap = f"{number} is gone: deliver it again." if number == missing else ""
        part = made.link(run, "learned from", Node(kind="snapshot", name=f"s{number:03}"))
        made.link(part, "made from", Node(kind="source", name=f"f{number:03}", gap=gap))
    made.link(root, "registered by", code)
    return made


def test_a_small_graph_is_shown_whole():
    assert (
        render_tree(graph())
        == """\
version m/1 (alias champion)
├─ trained by: run r1
│  ├─ by code: commit c1
│  ├─ learned from: snapshot s000
│  │  └─ made from: source f000
│  └─ learned from: snapshot s001
│     └─ made from: source f001
└─ registered by: commit c1

No link is missing."""
    )


def test_of_many_alike_the_first_and_last_are_shown():
    lines = render_tree(graph(100)).splitlines()
    told = [line.split("snapshot ")[1] for line in lines if "learned from" in line]
    assert told == ["s000", "s001", "s002", "s099"]
    assert "│  ├─ ... 96 more of kind snapshot (--all shows them)" in lines
    assert render_tree(graph(100), everything=True).count("learned from") == 100


@pytest.mark.parametrize("missing", [0, 50, 98, 99])
def test_what_is_missing_is_never_left_out(missing):
    text = render_tree(graph(100, missing))
    assert f"made from: source f{missing:03}  MISSING, see below" in text
    assert text.endswith(f"1 link is missing:\n  source f{missing:03}: {missing} is gone: deliver it again.")


def test_a_name_stays_on_its_line():
    made = Graph("q")
    made.add_root(Node(kind="source", name="a\nb\x1b[31m", gap="two\nlines"))
    text = render_tree(made)
    assert "\x1b" not in text
    assert len(text.splitlines()) == 4


def test_a_circle_ends():
    made = Graph("q")
    first, second = made.add_root(Node(kind="k", name="a")), Node(kind="k", name="b")
    made.link(first, "to", second)
    made.link(second, "back to", first)
    assert render_tree(made).splitlines()[:3] == ["k a", "└─ to: k b", "   └─ back to: k a (see above)"]


def test_json_names_roots_links_and_gaps():
    found = json.loads(to_json(graph(1, 0).to_dict()))
    assert (found["format"], found["roots"], found["gaps"]) == (1, ["version m/1"], ["source f000"])
    assert {"from": "run r1", "says": "by code", "to": "commit c1"} in found["links"]
    assert found["nodes"][0] == {
        "id": "version m/1", "kind": "version", "name": "m/1", "facts": {"alias": "champion"}, "gap": None,
    }  # fmt: skip


def test_a_page_names_each_node_once_and_links_to_it_again():
    page = render_lineage(graph(2, 1))
    assert page.count("<code>commit c1</code>") == 1
    assert 'id="n3">commit c1</code>' in page
    assert '<a href="#n3"><code>commit c1</code></a>' in page
    assert "1 missing:" in page
    assert "1 is gone: deliver it again." in page
    assert "No link is missing." in render_lineage(graph())
