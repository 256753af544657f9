"""How a model's DAGs are called."""

from __future__ import annotations

DAG_KINDS = ("training", "scoring", "monitoring", "retraining", "rollback", "requests")


def model_of(dag_id: str) -> tuple[str, str] | None:
    """Return the model and the kind of a DAG; None for a DAG of somebody else.

    :param dag_id: such as ``credit_risk_training``.
    """
    for kind in DAG_KINDS:
        name = dag_id.removesuffix(f"_{kind}")
        if name and name != dag_id and not name.endswith("_"):
            return name, kind
    return None
