"""Write the files of a new model's folder: each limit with the reason for it as a comment."""

from __future__ import annotations

import textwrap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include.config.tasks import TASKS
from include.media import log_line, markdown
from include.names import shown
from include.onboarding.splits import SEED
from include.onboarding.tasks import NEW_TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.onboarding.floors import Floor
    from include.onboarding.look import Look
    from include.onboarding.rules import LearnedRule

_TEMPLATES = Path(__file__).with_name("templates")
_WIDTH = 110
_SMALL = 1000  # rows to train on, below which smaller trees do
_FILES = ("model.yaml", "contract.yaml", "estimator.py", "README.md")


def render_files(
    found: Look,
    *,
    source: Sequence[str],
    rules: Sequence[LearnedRule],
    floors: Mapping[str, Floor],
    reached: Sequence[str],
    owner: str,
) -> dict[str, str]:
    """Return the files of a folder, by name.

    :param found: what was found in the table.
    :param source: the lines of the section ``source``.
    :param rules: the rules that were learned.
    :param floors: metric to floor.
    :param reached: what the default model reached, as lines of Markdown.
    :param owner: the team.
    """
    clock = {"column": found.moments.column, "every": found.cut.every}
    if found.moments.type == "timestamp":
        clock |= {"type": "timestamp", "timezone": found.moments.timezone}
    parameters, why_parameters = _parameters(found)
    values = {
        "found": found, "sizes": found.sizes, "why": found.sizes.reasons,
        "task": NEW_TASKS[found.target.task],
        "question": f"What is {shown(found.target.column)} of {shown(found.entity.column)}?",
        "source": source, "rules": rules, "floors": floors, "reached": reached, "owner": owner,
        "clock": clock,
        "classes": list(found.target.classes) if TASKS[found.target.task].names_classes else [],
        "columns": {"numeric": found.features.numeric, "categorical": found.features.categorical},
        "left_out": [(shown(name), why) for name, why in found.features.left_out.items()],
        "parameters": parameters, "why_parameters": why_parameters, "seed": SEED,
        "head": f"What must hold in the data of {found.wanted.name}, learned from {found.rows:,} rows of "
        f"{found.moments.first} to {found.moments.last}. Replace what you know better: a rule that somebody "
        "understands is worth more than one that was counted. Rules that every model has are built in.",
    }  # fmt: skip
    return {name: _template(f"{name}.j2").render(values) for name in _FILES}


def _parameters(found: Look) -> tuple[dict[str, Any], str]:
    """Return the first estimator's parameters: fewer and smaller trees where rows are few."""
    rows = found.sizes.trained
    if rows < _SMALL:
        small = {"learning_rate": 0.1, "max_iter": 60, "max_leaf_nodes": 7, "l2_regularization": 1.0}
        return small, f"Few and small trees, as there are {rows:,} rows to train on"
    usual = {"learning_rate": 0.06, "max_iter": 150, "max_leaf_nodes": 15, "l2_regularization": 1.0}
    return usual, f"A beginning for the {rows:,} rows that there are to train on; nothing was tuned"


@cache
def _template(name: str) -> Any:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, autoescape=False,  # noqa: S701 - YAML and Python; each value has its filter
    )  # fmt: skip
    environment.filters |= {
        "yaml": to_yaml,
        "note": lambda text: f"  # {log_line(text)}",
        "comment": to_comment,
        "markdown": markdown,
        "shown": shown,
    }
    return environment.get_template(name)


def to_yaml(content: Any) -> str:
    """Return a plain value on one line of YAML.

    :param content: texts, numbers, lists and mappings.
    """
    text: str = yaml.safe_dump(
        content, default_flow_style=True, allow_unicode=True, width=float("inf"), sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...").strip()


def to_comment(text: str, indent: str = "", hanging: str = "") -> str:
    """Return a text as lines of comment, as long as lines of the project are.

    :param text: any text.
    :param indent: before the ``#``.
    :param hanging: after the ``#`` of all lines but the first.
    """
    lead = f"{indent}# "
    plain = log_line(text)
    lines = textwrap.wrap(
        f"{plain[:1].upper()}{plain[1:]}", _WIDTH - len(lead), subsequent_indent=hanging,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return "\n".join(f"{lead}{line}" for line in lines)
