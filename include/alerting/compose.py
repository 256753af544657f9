"""The two alerts of this project that are made in many places: about a verdict, and about a failed task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.alerting.alert import Alert, Cause
from include.alerting.causes import failure_cause, verdict_cause
from include.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from include.verdicts import Verdict

# Headings in docs/operations.md, as anchors, by the kind of verdict; others are among the alerts.
_RUNBOOKS = {"probation": "probation-asks-for-a-rollback"}
LATE_RUN = "run late"
"""Kind of the causes of runs that go on for too long; the subject is DAG and run."""
_LOST = "The process ended without an error: it was killed, or its machine was lost."


def alert_about_verdict(
    model: str, verdict: Verdict, *, subject: str, report: str, log: str, as_of: str
) -> Alert:
    """Return the alert about a decision by which nothing was promoted.

    :param model: the model's name.
    :param verdict: the decision.
    :param subject: what it is about, where the caller knows, such as an evidence's digest; may be empty.
    :param report: address of the run in MLflow or of a report; may be empty.
    :param log: address of the task's log; may be empty.
    :param as_of: as-of date of the run, ISO.
    """
    return Alert(
        cause=verdict_cause(model, verdict, subject),
        subject=f"{model}: {verdict.kind}: {verdict.decision}",
        text=verdict.to_text(),
        effect="No alias has changed: the champion keeps serving.",
        links={"Report": report, "Airflow": log},
        runbook=_RUNBOOKS.get(verdict.kind, "alerts"),
        as_of=as_of,
    )


def alert_about_failure(
    model: str, error: BaseException | None, *, dag: str, task: str, run: str, log: str, as_of: str
) -> Alert:
    """Return the alert about a task that has failed for good.

    :param model: the model's name.
    :param error: what the task raised; None where it was killed.
    :param dag: id of its DAG.
    :param task: its id.
    :param run: id of its run.
    :param log: address of its log; may be empty.
    :param as_of: as-of date of the run, ISO.
    """
    retried = "" if isinstance(error, InputError) else ", after its retries"
    outlook = (
        "The cause may end without intervention; clear the task then."
        if isinstance(error, InfrastructureError)
        else "The task fails again until the cause is removed."
    )
    kind = f" ({type(error).__name__})" if error else ""
    return Alert(
        cause=failure_cause(model, task, error),
        subject=f"{model}: {task} failed{kind}",
        text=f"Task {task} of {dag} failed in run {run}{retried}.\n{failure_text(error)}",
        effect=f"Nothing was promoted by this task; the champion keeps serving. {outlook}",
        links={"Airflow": log},
        runbook="failures-and-retries",
        task=f"{dag}.{task}",
        as_of=as_of,
    )


def alert_about_late_run(model: str, dag: str, run: str, *, state: str, hours: int) -> Alert:
    """Return the alert about a run that goes on for too long.

    :param model: the model's name.
    :param dag: id of its DAG.
    :param run: its id.
    :param state: its state, such as ``running``.
    :param hours: that it was to take at most.
    """
    return Alert(
        cause=Cause(model=model, kind=LATE_RUN, subject=f"{dag} {run}"),
        subject=f"{model}: run late: {dag} has not ended within {hours} hours",
        text=f"Run {run} of {dag} is {state}, {hours} hours after it was queued "
        "(monitoring.watchdog.run_takes).\n"
        "What to do: look at the task that it is at. A run that is queued waits for a slot, or for the run "
        "before it; Airflow ends one that runs for 12 hours, without a word.\n"
        "Resolved by: the end of that run.",
        effect="The champion keeps serving. The next run of this DAG waits for this one.",
        runbook="what-the-watchdog-says",
    )


def failure_text(error: BaseException | None) -> str:
    """Return what is known of a failure: the error, or that there was none."""
    return f"{type(error).__name__}: {error}" if error else _LOST
