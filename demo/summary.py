"""The short table at the end of a demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.runs import result

if TYPE_CHECKING:
    from demo.state import State
    from mlops.cli.airflow_api import AirflowApi


def run_summary(
    api: AirflowApi, state: State, dag_id: str, *, run_id: str, final: str, seconds: float
) -> str:
    """Return what a training run came to, as text for a terminal.

    :param api: Airflow's API.
    :param state: the demo's state, for the addresses.
    :param dag_id: the training DAG.
    :param run_id: its run.
    :param final: the state in which the run ended.
    :param seconds: since the demo began.
    """
    if final != "success":
        return (
            f"\nThe run failed. The log of the failed task says why, and what to do:\n"
            f"  {state.airflow_url}/dags/{dag_id}/runs/{run_id}"
        )
    for task, decision in (("prepare", "wait"), ("check_new_data", "skip")):
        verdict = result(api, dag_id, run_id, task, "verdict")
        if verdict.get("decision") == decision:
            summary = str(verdict["summary"])
            return f"\n{summary[0].upper()}{summary[1:]}.\n({seconds:.0f} s)"
    dataset, evaluated, promoted = (
        result(api, dag_id, run_id, task) for task in ("prepare", "evaluate", "promote")
    )
    gate = result(api, dag_id, run_id, "gate", "verdict")
    rows = [
        ("rows", f"{dataset['train_rows']:,} to learn from, {dataset['test_rows']:,} held back"),
        (
            evaluated["metric"],
            f"{_figure(evaluated['value'])}  [{_figure(evaluated['low'])}, {_figure(evaluated['high'])}]",
        ),
        ("gate", f"{gate['decision']}: {gate['summary']}"),
        ("version", promoted.get("version", "none registered")),
        (
            "aliases",
            ", ".join(f"{alias} = {version}" for alias, version in promoted.get("aliases", {}).items())
            or "unchanged",
        ),
        ("seconds", f"{seconds:.0f}"),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n" + "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)


def _figure(value: float | None) -> str:
    """Return a figure, or that it is not defined: one class only, or too few rows for an interval."""
    return "not defined" if value is None else f"{value:.4f}"
