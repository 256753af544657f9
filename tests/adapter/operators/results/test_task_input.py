"""The field of an operator that holds what an earlier task handed on: an object as soon as work begins."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import InputError
from include.verdicts import Verdict
from mlops.operators.results.task_input import TaskInput
from tests.world.results import HANDED_ON, VERDICT

pytestmark = pytest.mark.adapter


class Task:
    """As much of a task as reading needs."""

    task_id = "t"
    verdict = TaskInput(Verdict, Verdict.from_dict)


class TestAVerdict:
    def read(self, value: Any) -> Verdict:
        task: Any = Task()
        task.verdict = value
        Task.verdict.read(task)
        found: Verdict = task.verdict
        return found

    def test_it_is_itself_again(self) -> None:
        assert self.read(HANDED_ON["verdict"]) == VERDICT

    @pytest.mark.parametrize("key", ["decision", "kind", "subject", "summary"])
    def test_a_missing_key_is_named(self, key: str) -> None:
        with pytest.raises(InputError, match=rf"given verdict without {key}; it holds .*clear it"):
            self.read({name: one for name, one in HANDED_ON["verdict"].items() if name != key})

    @pytest.mark.parametrize("wrong", [{"reasons": [{"rule": "x"}]}, {"reasons": 3}, {"unknown": 1}])
    def test_one_that_is_damaged_is_refused_with_the_remedy(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(InputError, match=r"'t' was given verdict that can't be read .*clear it"):
            self.read(HANDED_ON["verdict"] | wrong)
