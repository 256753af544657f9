"""Lineage as a page: what is missing first, then every node below the one that leads to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.reporting.html import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.provenance.graph import Graph, Node


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the page.

    :param depth: how many nodes lie between it and the one that was asked about.
    :param says: what the node is to the one above; empty of the first.
    :param node: the node.
    :param number: its number on the page, which links lead to.
    :param again: whether it was shown above.
    """

    depth: int
    says: str
    node: Node
    number: int
    again: bool


def render_lineage(graph: Graph) -> str:
    """Return the page of a graph.

    :param graph: what is known.
    """
    lines = list(_lines(graph))
    numbers = {line.node.id: line.number for line in lines}
    return render(
        "provenance/page.html.j2", title=graph.question, lines=lines, gaps=graph.gaps, numbers=numbers
    )


def _lines(graph: Graph) -> Iterator[Line]:
    numbers: dict[str, int] = {}
    waiting = [(0, "", root) for root in reversed(graph.roots)]
    while waiting:
        depth, says, identifier = waiting.pop()
        again = identifier in numbers
        number = numbers.setdefault(identifier, len(numbers) + 1)
        yield Line(depth=depth, says=says, node=graph.node(identifier), number=number, again=again)
        if not again:
            links = graph.links_from(identifier)
            waiting += [(depth + 1, link.says, link.target) for link in reversed(links)]
