"""The parts of docs/architecture.md that follow from the code: its picture, and what each room builds on.

``python -m tests.docs.architecture`` (``make docs``) writes them anew.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import TopologicalSorter

import grimp

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = {"include": "include", "mlops": "plugins/mlops", "demo": "demo", "serving": "serving"}
# The frames of the picture. Each folder in them is a box, and so is each loose file; include's share one.
FRAMES = {
    "plugins/mlops": "plugins/mlops knows Airflow, MLflow, DVC and S3",
    "include": "include, the core, knows none of them",
}
LOOSE = "include/*.py"
_PICTURE = re.compile(r"(?<=```mermaid\n).*?(?=```)", flags=re.DOTALL)
_ROW = re.compile(r"^\| (`[^|]+`) \| ([^|]+\?[^|]*) \| ([^|]*) \|$", flags=re.MULTILINE)


@cache
def imports() -> dict[str, set[str]]:
    """Return the files that each file imports, as paths from the root and without a suffix."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    paths = {module: _path(module) for module in graph.modules if not graph.find_children(module)}
    found = {
        path: {paths[name] for name in graph.find_modules_directly_imported_by(module) if name in paths}
        for module, path in paths.items()
    }
    for file in sorted((ROOT / "dags").glob("*.py")):
        nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        names = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
        found[f"dags/{file.stem}"] = {paths[name] for name in names if name in paths}
    return found


def _path(module: str) -> str:
    """Return where a module lies: ``plugins/mlops/hooks/mlflow`` for ``mlops.hooks.mlflow``."""
    package, *rest = module.split(".")
    return "/".join([PACKAGES[package], *rest])


def between(rooms: dict[str, str]) -> dict[str, set[str]]:
    """Return which rooms import which.

    Where a folder and one within it import each other's files, the outer one is the importer.

    :param rooms: the room of each file.
    """
    found: dict[str, set[str]] = {room: set() for room in rooms.values()}
    for file, others in imports().items():
        room = rooms[file]
        found[room] |= {rooms[other] for other in others} - {room}
    for room, others in found.items():
        found[room] = {other for other in others if not (room in found[other] and _within(room, other))}
    return found


def _within(room: str, other: str) -> bool:
    """Return whether a folder lies within another; a row of the table has backticks around it."""
    return room.strip("`").startswith(other.strip("`") + "/")


def reduced(arrows: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return of each room's imports those that none of its other imports leads to."""

    order = TopologicalSorter(arrows).static_order()  # which refuses circles
    ahead: dict[str, set[str]] = {}
    for room in order:
        ahead[room] = arrows[room].union(*(ahead[other] for other in arrows[room]))
    return {
        room: sorted(other for other in others if not any(other in ahead[one] for one in others))
        for room, others in sorted(arrows.items())
    }


def picture() -> str:
    """Return the map as Mermaid text."""
    arrows = reduced(between({file: _box(file) for file in imports()}))
    lines = ["flowchart TD"]
    for root, title in FRAMES.items():
        inside = [box for box in arrows if box.startswith(f"{root}/")]
        lines += [f'  subgraph {_id(root)}["{title}"]', *(f"    {_label(box)}" for box in inside), "  end"]
    lines += [f"  {_label(box)}" for box in arrows if "/" not in box]
    lines += [f"  {_id(box)} --> {_id(other)}" for box, others in arrows.items() for other in others]
    return "\n".join(lines) + "\n"


def _box(file: str) -> str:
    """Return the box of a file: a folder within a frame, or a file or folder by itself."""
    root = next((root for root in FRAMES if file.startswith(f"{root}/")), "")
    first, *rest = file.removeprefix(f"{root}/").split("/") if root else file.split("/")
    if root == "include" and not rest:
        return LOOSE
    return f"{root}/{first}" if root else first


def _id(box: str) -> str:
    return re.sub(r"\W+", "_", box)


def _label(box: str) -> str:
    name = "errors, verdicts, records, lineage, names, …" if box == LOOSE else box.rsplit("/", 1)[-1]
    return f'{_id(box)}["{name}"]'


def rooms() -> dict[str, str]:
    """Return the row of the page's table that each file belongs to: the closest folder, or the file itself.

    :raises KeyError: a file without a row.
    """
    cells = {path: cell for cell, _, _ in _ROW.findall(_written()) for path in re.findall("`([^`]+)`", cell)}
    return {file: cells[home(file, set(cells))] for file in imports()}


def home(file: str, listed: set[str]) -> str:
    """Return the path of the table that a file is found under, or its folder where there is none."""
    folder = file.rsplit("/", 1)[0]
    like = f"{folder.rsplit('/', 1)[0]}/*"  # one row for all folders of a kind
    return next((row for row in (f"{file}.py", f"{folder}/*.py", folder, like) if row in listed), folder)


def listed_paths() -> list[str]:
    """Return the paths in the first column of the table."""
    return [path for cell, _, _ in _ROW.findall(_written()) for path in re.findall("`([^`]+)`", cell)]


def page() -> str:
    """Return docs/architecture.md as it has to be."""
    builds_on = reduced(between(rooms()))

    def row(match: re.Match[str]) -> str:
        cell, question, _ = match.groups()
        return f"| {cell} | {question} | {', '.join(_short(name) for name in builds_on[cell]) or '-'} |"

    return _ROW.sub(row, _PICTURE.sub(lambda _: picture(), _written()))


def _short(cell: str) -> str:
    """Return rows as another row names them: without ``include/`` and ``plugins/``."""
    return (
        cell.replace("`", "").replace("plugins/", "").replace("include/", "").replace("*.py", "include/*.py")
    )


def _written() -> str:
    return PAGE.read_text(encoding="utf-8")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
