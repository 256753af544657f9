"""The parts of a model card: what each shows of the files of a pack. Each figure is the pack's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from include.config.metric_names import METRICS
from include.evidence.annex_iv import ANNEX_IV
from include.evidence.shown import show_facts, show_figure, show_interval, show_limit, to_dotted
from include.reporting.numbers import show_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NONE = "-"
_MANY = 40  # rows of a table that a card shows; the file holds all


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of a card.

    :param title: its heading.
    :param file: the file of the pack with all of it; empty where there is none.
    :param facts: name to value.
    :param heads: heads of the table; empty without one.
    :param rows: its rows, as many cells each.
    :param note: a sentence below; empty without one.
    :param text: text of somebody else, shown as it is; empty without one.
    """

    title: str
    file: str = ""
    facts: Mapping[str, str]
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""
    text: str = ""


def card_sections(evidence: Mapping[str, Any], readme: str) -> list[Section]:
    """Return the parts of a card.

    :param evidence: name to content of the files in ``evidence/``, without their endings, as JSON values.
    :param readme: the model folder's own README; empty without one.
    """
    return [
        _version(evidence["version"]),
        _data(evidence["data"]),
        _metrics(evidence["metrics"]),
        _slices(evidence["slices"]),
        _fairness(evidence["fairness"]),
        _importance(evidence["importance"]),
        _limits(evidence["limits"]),
        _approvals(evidence["approvals"]),
        _ledger(evidence["ledger"]),
        _training(evidence["training"]),
        _environment(evidence["environment"]),
        _annex(),
        Section(
            title="What the team says", file="model/README.md" if readme else "", facts={}, text=readme,
            note="" if readme else "The model folder has no README.md.",
        ),
    ]  # fmt: skip


def _version(found: Mapping[str, Any]) -> Section:
    return Section(title="Version", file="evidence/version.json", facts=show_facts(found))


def _data(found: Mapping[str, Any]) -> Section:
    rows = tuple(
        (one["table"], one["partition"], f"{one['rows']:,}", one["md5"], one["source"])
        for one in found["snapshots"]
    )
    facts = {name: value for name, value in found.items() if name not in {"snapshots", "coverage"}}
    return _cut(
        Section(
            title="Data", file="evidence/data.json", facts=show_facts(facts),
            heads=("table", "partition", "rows", "md5", "delivered as"), rows=rows,
        )
    )  # fmt: skip


def _metrics(found: Mapping[str, Any]) -> Section:
    rows = tuple(
        (
            f"{name} ({'higher' if METRICS[name].higher_is_better else 'lower'} is better)",
            show_interval(one),
            *(show_interval(found[which].get(name)) for which in ("champion", "gains", "over_trivial")),
        )
        for name, one in found["candidate"].items()
    )  # fmt: skip
    facts = {
        "confidence": found["confidence"],
        "primary": found["primary"],
        "rows": found["rows"],
        "entities": found["entities"],
        "target": found["target"],
    }
    return Section(
        title="Metrics on the frozen test set", file="evidence/metrics.json", facts=show_facts(facts),
        heads=("metric", "this version", "champion of then", "gain", "gain over a trivial model"), rows=rows,
    )  # fmt: skip


def _slices(found: Sequence[Mapping[str, Any]]) -> Section:
    rows = tuple(
        (
            one["name"], f"{one['rows']:,}", show_figure(one["candidate"]), show_figure(one["champion"]),
            show_interval(one["gain"]), one["note"],
        )
        for one in found
    )  # fmt: skip
    return Section(
        title="Groups of the sensitive attributes", file="evidence/slices.json", facts={},
        heads=("group", "rows", "this version", "champion of then", "gain", "note") if rows else (),
        rows=rows,
        note="" if rows else "model.yaml names no sensitive attribute.",
    )  # fmt: skip


def _fairness(found: Mapping[str, Any]) -> Section:
    attributes = found["attributes"]
    rows = []
    for column, one in attributes.items():
        ratios = ", ".join(f"{name} {show_figure(value)}" for name, value in one["ratios"].items())
        rows += [
            (column, group, ", ".join(f"{name} {show_figure(value)}" for name, value in rates.items()), "")
            for group, rates in one["groups"].items()
        ]
        rows += [
            (column, group, f"rows {count:,}", "too few rows for a ratio")
            for group, count in one["left_out"].items()
        ]
        rows.append((
            column,
            "lowest to highest",
            ratios or _NONE,
            "" if ratios else "one group alone has no ratio",
        ))
    return Section(
        title="Fairness ratios", file="evidence/fairness.json",
        facts=show_facts({name: found[name] for name in ("decided_by", "library")}) if rows else {},
        heads=("attribute", "group", "figures", "note") if rows else (), rows=tuple(rows),
        note="A ratio of 1 is equality; which one is acceptable is not for a program to say." if rows
        else "model.yaml names no sensitive attribute.",
    )  # fmt: skip


def _importance(found: Mapping[str, Any]) -> Section:
    ranked = sorted(found.items(), key=lambda item: (-item[1]["loss"], item[0]))
    rows = tuple((name, show_number(one["loss"]), show_number(one["spread"])) for name, one in ranked)
    return _cut(Section(
        title="Importance of features", file="evidence/importance.json", facts={},
        heads=("feature", "loss when shuffled", "spread") if rows else (), rows=rows,
        note="" if rows else "The evaluation measured none.",
    ))  # fmt: skip


def _limits(found: Mapping[str, Any]) -> Section:
    rows = tuple(
        (name, show_limit(value)) for section in found for name, value in to_dotted(section, found[section])
    )
    return Section(
        title="Limits of the gate, of drift and of performance", file="evidence/limits.json", facts={},
        heads=("key of model.yaml", "value"), rows=rows,
    )  # fmt: skip


def _approvals(found: Sequence[Mapping[str, Any]]) -> Section:
    rows = tuple((one["when"], one["outcome"], one["by"], one["comment"]) for one in found)
    return Section(
        title="Approvals", file="evidence/approvals.json", facts={},
        heads=("when", "outcome", "by", "comment") if rows else (), rows=rows,
        note="" if rows else "No person was asked, or none has answered yet.",
    )  # fmt: skip


def _ledger(found: Sequence[Mapping[str, Any]]) -> Section:
    rows = tuple((one["when"], one["kind"], one["decision"], one["state"], one["summary"]) for one in found)
    return _cut(Section(
        title="Decisions in the ledger", file="evidence/ledger.json", facts={},
        heads=("when", "what", "decision", "state", "why") if rows else (), rows=rows,
        note="" if rows else "Nothing was decided about this version.",
    ))  # fmt: skip


def _training(found: Mapping[str, Any]) -> Section:
    return Section(
        title="Training", file="evidence/training.json", facts=show_facts(dict(to_dotted("", found)))
    )


def _environment(found: Mapping[str, Any]) -> Section:
    here = found["where_the_card_was_made"]
    rows = tuple(
        (name, version, here.get(name) or "not installed") for name, version in found["recorded"].items()
    )
    return Section(
        title="Environment", file="evidence/environment.json", facts={},
        heads=("library", "in training", "where the card was made"), rows=rows,
        note=f"sbom.cdx.json lists all {found['components']} packages where the card was made.",
    )  # fmt: skip


def _annex() -> Section:
    rows = tuple(
        (one.number, one.asks, str(one.source), ", ".join(one.found_in) or _NONE, one.missing or _NONE)
        for one in ANNEX_IV
    )
    return Section(
        title="Annex IV of the EU AI Act", file="evidence/annex_iv.json", facts={},
        heads=("point", "asks for", "source", "in this pack", "to be added"), rows=rows,
        note="Regulation (EU) 2024/1689, shortened. Whether the Act applies is not said here.",
    )  # fmt: skip


def _cut(section: Section) -> Section:
    """Return a section whose table a person can read; the file holds the rest."""
    if len(section.rows) <= _MANY:
        return section
    more = f"{len(section.rows) - _MANY} more rows are in {section.file}."
    return replace(section, rows=section.rows[:_MANY], note=f"{section.note} {more}".strip())
