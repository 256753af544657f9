"""The field of an operator that holds what an earlier task handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from mlops.operators.results.base import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import BaseOperator

T = TypeVar("T")


class TaskInput(Generic[T]):
    """A field of an operator that holds what an earlier task handed on.

    The constructor gives it a template, Airflow renders that to the value of the XCom, and the operator's
    ``pre_execute`` turns the value into an object of the declared kind: ``execute`` sees only that.

    :param kind: a frozen dataclass.
    :param build: makes the object from the value, where older values are read in a way of their own.
    """

    def __init__(self, kind: type[T], build: Callable[[dict[str, Any]], T] | None = None) -> None:
        self.kind = kind
        self.build = build

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, task: None, owner: type) -> Self: ...
    @overload
    def __get__(self, task: BaseOperator, owner: type) -> T: ...
    def __get__(self, task: BaseOperator | None, owner: type) -> Self | T:
        if task is None:
            return self
        try:
            value: T = vars(task)[self.name]
        except KeyError:
            raise AttributeError(self.name) from None
        return value

    def __set__(self, task: BaseOperator, value: Any) -> None:
        vars(task)[self.name] = value

    def read(self, task: BaseOperator) -> None:
        """Turn the value of a task's field into an object.

        :raises InputError: the value is not what the earlier task hands on.
        """
        value = vars(task)[self.name]
        if not isinstance(value, self.kind):
            self.__set__(
                task, read(self.kind, value, task_id=task.task_id, field=self.name, build=self.build)
            )
