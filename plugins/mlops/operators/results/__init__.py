"""What tasks hand on through XCom: one frozen dataclass per task, a plain JSON object on the wire.

The task that makes a result returns its ``to_xcom()`` (:mod:`~mlops.operators.results.base`); the tasks that
follow declare it as a ``TaskInput`` (:mod:`~mlops.operators.results.task_input`) and read its typed fields.
Object keys are relative to the root of the object store. Frames and models never travel through XCom.
"""
