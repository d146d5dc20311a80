"""The benchmarks there are, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pilothouse.evaluation.benchmarks import arc, gsm8k, hellaswag, ifeval, mmlu, truthfulqa
from pilothouse.evaluation.benchmarks.tasks import Task
from pilothouse.evaluation.runner.gates import nearest

TASKS: Final[Mapping[str, Task]] = {
    task.name: task
    for task in (
        hellaswag.TASK,
        mmlu.TASK,
        arc.EASY,
        arc.CHALLENGE,
        truthfulqa.MC1,
        truthfulqa.MC2,
        truthfulqa.GENERATION,
        gsm8k.TASK,
        ifeval.TASK,
    )
}


def task_named(name: str) -> Task:
    """The benchmark of this name. Raises ValueError with the nearest right one."""
    if name not in TASKS:
        raise ValueError(f"there is no benchmark {name!r}{nearest(name, TASKS)}")
    return TASKS[name]
