"""What the tasks that make a candidate hand on: the fitted model, its evaluation, its version."""

from __future__ import annotations

from dataclasses import dataclass

from mlops.operators.results.base import TaskResult


@dataclass(frozen=True, kw_only=True)
class Trained(TaskResult):
    """The fitted model, from ``train``; a retry finds it in the MLflow run, where these names are stored.

    :param run_id: the MLflow run.
    :param model_uri: the logged model.
    :param profile: artifact with the reference profile.
    :param registry_commit: newest commit of the data registry that was learned from.
    :param rows: rows learned from.
    :param warnings: what the libraries warned about while fitting.
    """

    run_id: str
    model_uri: str
    profile: str
    registry_commit: str
    rows: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Evaluated(TaskResult):
    """Candidate and champion on the test set, from ``evaluate``.

    :param run_id: the MLflow run of the candidate.
    :param run_url: its page.
    :param evaluation_key: object key of the record that the gate decides on.
    :param scores_key: object key of the candidate's predictions for the test set.
    :param test_digest: digest of the test set.
    :param champion_version: the champion it was compared with; None without one.
    :param metric: the primary metric.
    :param value: the candidate's value of it.
    :param low: lower end of its confidence interval.
    :param high: upper end.
    :param life: name of the champion's life in which this is an exam; None where nothing was compared.
    :param earlier: candidates (MLflow runs) of the exams that were known, in no order.
    :param challenger_run: the MLflow run of the kept challenger; None without one.
    :param challenger_key: object key of its record; None where it could not sit the exam.
    :param challenger_error: why it could not.
    """

    run_id: str
    run_url: str
    evaluation_key: str
    scores_key: str
    test_digest: str
    champion_version: str | None
    metric: str
    value: float | None
    low: float | None
    high: float | None
    life: str | None = None
    earlier: tuple[str, ...] = ()
    challenger_run: str | None = None
    challenger_key: str | None = None
    challenger_error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Registered(TaskResult):
    """The version of the model that passed the gate, from ``register``.

    :param version: its number.
    :param run_id: the MLflow run it came from: the candidate's or the kept challenger's.
    :param url: its page.
    :param training_key: digest of data, configuration and estimator that it was trained with; empty where an
        earlier version of this project registered it.
    """

    version: str
    run_id: str
    url: str
    training_key: str = ""
