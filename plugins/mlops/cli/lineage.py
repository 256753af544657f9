"""``bin/mlops lineage``: from a model or a file of predictions to its sources, and from a delivery on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import ConfigError
from include.provenance.asked import parse_asked
from include.provenance.tree import render_tree
from mlops.cli.exit_codes import ExitCode
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.hooks.plain_connection import plain_connection
from mlops.lineage.sources import Sources

if TYPE_CHECKING:
    from pathlib import Path

    from include.provenance.graph import Graph
    from include.provenance.taint import Touched


def run(
    what: str | None,
    *,
    data: str | None = None,
    tainted: bool = False,
    model: str = "",
    quarantine_reason: str | None = None,
    everything: bool = False,
    page: Path | None = None,
    as_json: bool = False,
) -> int:
    """Print where something comes from, or what it touched; return the exit code.

    :param what: a version or a file of predictions; None where a delivery is asked about.
    :param data: md5 of a delivery's snapshot; None where a version or a file is asked about.
    :param tainted: whether what the delivery touched is asked for, not what it came from.
    :param model: only this model; empty for all.
    :param quarantine_reason: why the delivery is quarantined; None leaves it as it is.
    :param everything: whether to tell every node.
    :param page: file to write a page to; None for none.
    :param as_json: whether to print JSON.
    :raises ConfigError: the options do not go together, or there is no such thing.
    """
    _check(what, data, tainted, model, quarantine_reason)
    asked = parse_asked(what) if what is not None else None
    use_connections()
    sources = Sources()
    if any(plain_connection(one) is None for one in (sources.mlflow, sources.object_store, sources.registry)):
        _set_up_airflow()
    quarantined: list[str] | None = None
    if asked is not None:
        from mlops.lineage.back import trace_back

        graph = trace_back(sources, asked)
    elif data is not None:
        from mlops.lineage.forward import describe_delivery, trace_forward

        if tainted:
            touched = trace_forward(sources, data, model)
            graph = touched.graph
            if quarantine_reason is not None:
                quarantined = _quarantine(sources, touched, quarantine_reason)
        else:
            graph = describe_delivery(sources, data, model)
    if page is not None:
        from include.provenance.page import render_lineage

        page.write_text(render_lineage(graph), encoding="utf-8")
    content: dict[str, Any] = graph.to_dict()
    if quarantined is not None:
        content["quarantined"] = quarantined
    show(as_json, content, lambda: _text(graph, quarantined, everything=everything))
    return ExitCode.DIFFERS if graph.gaps else ExitCode.DONE


def _check(
    what: str | None, data: str | None, tainted: bool, model: str, quarantine_reason: str | None
) -> None:
    if (what is None) == (data is None):
        raise ConfigError(
            "Ask about one thing: a version or a file of predictions (bin/mlops lineage "
            "credit_risk@champion), or a delivery (bin/mlops lineage --data MD5)."
        )
    if data is None and (tainted or model):
        raise ConfigError("--tainted and --model are about a delivery: name it with --data MD5.")
    if quarantine_reason is not None and not tainted:
        raise ConfigError("--quarantine goes with --data MD5 --tainted, which shows what it is about.")


def _quarantine(sources: Sources, touched: Touched, reason: str) -> list[str]:
    """Quarantine what a delivery is in; return a line for each snapshot.

    The hook writes as every task does; it needs Airflow, which only reading does without.
    """
    _set_up_airflow()
    from mlops.data.quarantine_by_hand import quarantine_by_hand
    from mlops.hooks.object_store import ObjectStoreHook

    store = ObjectStoreHook(sources.object_store)
    lines = []
    for model, snapshots in sorted(touched.snapshots.items()):
        for ref in dict.fromkeys(one.ref for one in snapshots):
            done = quarantine_by_hand(store, model, ref, reason)
            lines.append(
                f"{ref.path} md5 {ref.md5}: {'quarantined' if done else 'was in quarantine already'}"
            )
    return lines


def _set_up_airflow() -> None:
    """Import Airflow, and lead what it logs to stderr."""
    from mlops.cli.airflow_logs import log_to_stderr

    log_to_stderr()


def _text(graph: Graph, quarantined: list[str] | None, *, everything: bool) -> str:
    lines = [render_tree(graph, everything=everything)]
    if quarantined is not None:
        lines += ["", *(quarantined or ["There is nothing to quarantine: no model has a snapshot of it."])]
    return "\n".join(lines)
