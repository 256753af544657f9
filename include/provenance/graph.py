"""What came from what: nodes, links between them, and gaps, each of which is a node with a name.

The vocabulary is that of W3C PROV (https://www.w3.org/TR/prov-primer/): things, what they were derived from,
and the activities in between; a link says in words what one node is to the other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, kw_only=True)
class Node:
    """One thing that is known, or known to be missing.

    :param kind: what it is, such as ``snapshot``.
    :param name: which one; unique among nodes of its kind.
    :param facts: what is known of it, in the order in which it is shown; empty values are not told.
    :param gap: what is missing here, where it was looked for and what to do; empty where it was found.
    """

    kind: str
    name: str
    facts: dict[str, str | int] = field(default_factory=dict)
    gap: str = ""

    @property
    def id(self) -> str:
        """What links name it by."""
        return f"{self.kind} {self.name}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        told = {key: value for key, value in self.facts.items() if value not in {"", None}}
        return {"id": self.id, "kind": self.kind, "name": self.name, "facts": told, "gap": self.gap or None}


@dataclass(frozen=True, kw_only=True)
class Link:
    """Two nodes and what the second is to the first.

    :param source: id of the node that is shown first.
    :param says: what leads from it to the other, such as ``trained by``.
    :param target: id of the other node.
    """

    source: str
    says: str
    target: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"from": self.source, "says": self.says, "to": self.target}


class Graph:
    """Nodes and links in the order in which they were found.

    :param question: what was asked, in words.
    """

    def __init__(self, question: str) -> None:
        self.question = question
        self.roots: list[str] = []
        self._nodes: dict[str, Node] = {}
        self._links: dict[Link, None] = {}
        self._children: dict[str, list[Link]] = defaultdict(list)

    def add_root(self, node: Node) -> Node:
        """Add a node from which the answer is shown, and return it."""
        added = self.add(node)
        if added.id not in self.roots:
            self.roots.append(added.id)
        return added

    def add(self, node: Node) -> Node:
        """Add a node, unless there is one of its id already; return the one that counts."""
        return self._nodes.setdefault(node.id, node)

    def link(self, source: Node, says: str, target: Node) -> Node:
        """Add a node that another one leads to, and the link; both may be repeated. Return the node.

        :param source: a node.
        :param says: what the other is to it.
        :param target: the other.
        """
        start, end = self.add(source), self.add(target)
        made = Link(source=start.id, says=says, target=end.id)
        if made not in self._links:
            self._links[made] = None
            self._children[start.id].append(made)
        return end

    def node(self, identifier: str) -> Node:
        """Return a node by its id."""
        return self._nodes[identifier]

    def nodes(self, kind: str = "") -> list[Node]:
        """Return the nodes of a kind, or all of them."""
        return [node for node in self._nodes.values() if not kind or node.kind == kind]

    def links_from(self, identifier: str) -> list[Link]:
        """Return what a node leads to."""
        return list(self._children.get(identifier, ()))

    @property
    def gaps(self) -> list[Node]:
        """What is missing."""
        return [node for node in self._nodes.values() if node.gap]

    def leading_to(self, identifiers: Iterable[str]) -> set[str]:
        """Return the ids of nodes from which one of these can be reached, and these."""
        before: dict[str, list[str]] = defaultdict(list)
        for link in self._links:
            before[link.target].append(link.source)
        found, waiting = set(identifiers), list(identifiers)
        while waiting:
            for one in before[waiting.pop()]:
                if one not in found:
                    found.add(one)
                    waiting.append(one)
        return found

    def __iter__(self) -> Iterator[Link]:
        return iter(self._links)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values: question, roots, nodes, links, and the ids of what is missing."""
        return {
            "format": 1,
            "question": self.question,
            "roots": list(self.roots),
            "nodes": [node.to_dict() for node in self._nodes.values()],
            "links": [link.to_dict() for link in self._links],
            "gaps": [node.id for node in self.gaps],
        }
