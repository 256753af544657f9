"""The commands of ``bin/mlops``, one line each: what ``--help`` shows without importing any of them."""

from __future__ import annotations

from typing import NamedTuple

MODELS, BY_HAND, DECISIONS, EVIDENCE = "Models", "By hand", "Decisions", "Evidence"
ENVIRONMENTS, DATA, PAST = "Environments", "Data", "The past"
PANELS = (MODELS, BY_HAND, DECISIONS, EVIDENCE, ENVIRONMENTS, DATA, PAST)


class Command(NamedTuple):
    """A command.

    :param name: what is typed.
    :param help: one line, in the imperative.
    :param panel: the section of ``--help`` that lists it.
    :param airflow: whether it reads Airflow's connections. Importing Airflow takes seconds and sets logging
        up, so what does without it says so.
    """

    name: str
    help: str
    panel: str
    airflow: bool = True

    @property
    def module(self) -> str:
        """The module with its function ``run``."""
        return f"mlops.cli.commands.{self.name.replace('-', '_')}"


COMMANDS = (
    Command("new-model", "look at a table and write a model folder that runs", MODELS, airflow=False),
    Command("models", "list the model folders and check their configuration", MODELS),
    Command("status", "show which versions serve, what waits, what was decided last", MODELS),
    Command("experiment", "run the pipeline under other parameters, with DVC", BY_HAND, airflow=False),
    Command("train", "train a candidate", BY_HAND),
    Command("evaluate", "evaluate it beside the champion, and show what the gate would say", BY_HAND),
    Command("compare", "compare two versions on the same rows", BY_HAND),
    Command("register", "let the gate decide, and register what passes", BY_HAND),
    Command("promote", "make a version that passed its gate the champion", BY_HAND),
    Command("reject", "reject a version", BY_HAND),
    Command("rollback", "roll the champion back to a version that served before", BY_HAND),
    Command("score", "score the newest delivery with the champion", BY_HAND),
    Command("why", "show the last verdicts, with every rule", DECISIONS),
    Command("views", "list the feature views: who uses them, how new, what rows lack", DATA),
    Command(
        "lineage",
        "show what a model or a prediction came from, or a bad delivery touched",
        DATA,
        airflow=False,
    ),
    Command("quarantine", "list or release snapshots that failed their contract", DATA),
    Command("check", "try the connections to MLflow, the data registry and the object store", DATA),
    Command("ledger", "show every decision about a model, newest first", DECISIONS),
    Command("account", "show what each promotion promised, delivered and cost", DECISIONS),
    Command("policy", "show what the retraining policy remembers, or reset it", DECISIONS),
    Command("alerts", "list the open alerts of a model, or close one", DECISIONS),
    Command("environments", "list the environments: what serves in each, what differs", ENVIRONMENTS),
    Command("deploy", "let a version of one environment serve in another", ENVIRONMENTS, airflow=False),
    Command("smoke", "ask an endpoint whether it serves a version as it was evaluated", DECISIONS),
    Command("reproduce", "make a version again and compare it, digit by digit", EVIDENCE),
    Command("card", "write or verify the model card and evidence pack of a version", EVIDENCE, airflow=False),
    Command("replay", "show what would have been decided, also under other settings", PAST),
    Command("backfill", "score and watch the past deliveries of a model, in order", PAST),
)
