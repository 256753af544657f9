"""What each operator read, wrote and decided: one function per operator, by the name of its class.

A team's subclass of an operator reports what the operator does. One without an entry reports its verdict, if
it has one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.openlineage.extractors import data, decisions, monitoring, training

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.openlineage.lineage import Lineage

EXTRACTORS: dict[str, Callable[[Any], Lineage]] = {
    "ExtractDataOperator": data.extract,
    "ValidateDataOperator": data.validate,
    "PrepareDataOperator": data.prepare,
    "TrainModelOperator": training.train,
    "EvaluateModelOperator": training.evaluate,
    "RegisterModelOperator": training.register,
    "GateModelOperator": decisions.gate,
    "PromoteModelOperator": decisions.promote,
    "RollbackModelOperator": decisions.roll_back,
    "ScoreBatchOperator": monitoring.score,
    "DriftCheckOperator": monitoring.drift_check,
    "PerformanceCheckOperator": monitoring.performance_check,
}


def find_extractor(operator: type) -> Callable[[Any], Lineage]:
    """Return what tells of an operator.

    :param operator: its class.
    """
    for one in operator.__mro__:
        if one.__name__ in EXTRACTORS:
            return EXTRACTORS[one.__name__]
    return decisions.decide
