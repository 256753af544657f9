"""Lineage as text: a tree from what was asked about, and what is missing by name at its end.

Of many nodes of the same kind below one node the first and the last are shown, and how many lie between. One
that is missing, or leads to what is missing, is always told.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from include.media import log_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.provenance.graph import Graph, Link, Node

MOST = 6  # nodes of a kind below one node that are all told


def render_tree(graph: Graph, *, everything: bool = False) -> str:
    """Return a graph as lines of text.

    :param graph: what is known.
    :param everything: tell each node, however many there are.
    """
    teller = _Teller(graph, everything)
    lines = [line for root in graph.roots for line in teller.tell(root)]
    gaps = graph.gaps
    if not gaps:
        return "\n".join([*lines, "", "No link is missing."])
    counted = "1 link is missing:" if len(gaps) == 1 else f"{len(gaps)} links are missing:"
    return "\n".join([*lines, "", counted, *(log_line(f"  {node.id}: {node.gap}") for node in gaps)])


def describe(node: Node) -> str:
    """Return a node on one line."""
    told = ", ".join(f"{key} {value}" for key, value in node.facts.items() if value not in {"", None})
    missing = "  MISSING, see below" if node.gap else ""
    return log_line(f"{node.id}{f' ({told})' if told else ''}") + missing


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One line below a node: a link that is followed, or how many are left out."""

    link: Link | None = None
    left_out: str = ""


class _Teller:
    def __init__(self, graph: Graph, everything: bool) -> None:
        self._graph = graph
        self._everything = everything
        self._told: set[str] = set()
        self._incomplete = graph.leading_to([node.id for node in graph.gaps])

    def tell(self, root: str) -> Iterator[str]:
        """Yield the lines of a node and of what it leads to."""
        yield describe(self._graph.node(root))
        self._told.add(root)
        yield from self._below(root, "")

    def _below(self, identifier: str, indent: str) -> Iterator[str]:
        rows = self._rows(self._graph.links_from(identifier))
        for number, row in enumerate(rows, 1):
            last = number == len(rows)
            branch, deeper = ("└─ ", "   ") if last else ("├─ ", "│  ")
            if row.link is None:
                yield f"{indent}{branch}{row.left_out}"
                continue
            target = row.link.target
            if target in self._told:
                above = " (see above)" if self._graph.links_from(target) else ""
                yield f"{indent}{branch}{row.link.says}: {log_line(target)}{above}"
                continue
            self._told.add(target)
            yield f"{indent}{branch}{row.link.says}: {describe(self._graph.node(target))}"
            yield from self._below(target, indent + deeper)

    def _rows(self, links: Sequence[Link]) -> list[_Row]:
        rows: list[_Row] = []
        for _, group in groupby(links, key=lambda link: (link.says, self._graph.node(link.target).kind)):
            alike = list(group)
            if self._everything or len(alike) <= MOST:
                rows += [_Row(link=link) for link in alike]
                continue
            shown = {*alike[: MOST // 2], alike[-1]}
            shown |= {link for link in alike if link.target in self._incomplete}
            rows += self._with_counts(alike, shown)
        return rows

    def _with_counts(self, alike: Sequence[Link], shown: set[Link]) -> Iterator[_Row]:
        """Yield those that are shown, and in their places how many are not."""
        for is_shown, group in groupby(alike, key=shown.__contains__):
            links = list(group)
            if is_shown or len(links) == 1:
                yield from (_Row(link=link) for link in links)
            else:
                kind = self._graph.node(links[0].target).kind
                yield _Row(left_out=f"... {len(links):,} more of kind {kind} (--all shows them)")
