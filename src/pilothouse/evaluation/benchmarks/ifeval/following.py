"""Rows of IFEval, and whether an answer follows their instructions, strictly and loosely."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Final

from pilothouse.evaluation.benchmarks.columns import Columns, Misfit
from pilothouse.evaluation.benchmarks.ifeval.checks import CHECKS
from pilothouse.evaluation.benchmarks.tasks import Prompt, Row, Task
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.runner.gates import nearest


def read(columns: Columns) -> Row:
    """The row with what each of its instructions says; nulls among that are left out."""
    instructions = columns.texts("instruction_id_list")
    said = columns.list("kwargs")
    if not instructions or len(said) != len(instructions):
        raise Misfit(f"'kwargs' has {len(said)} entries for {len(instructions)} instructions")
    return {
        "key": columns.text("key", default="") or None,
        "prompt": columns.text("prompt"),
        "instruction_id_list": instructions,
        "kwargs": tuple(
            _arguments(instruction, arguments)
            for instruction, arguments in zip(instructions, said, strict=True)
        ),
    }


def _arguments(instruction: str, given: Any) -> dict[str, Any]:
    """The arguments that the check reads."""
    if instruction not in CHECKS:
        raise Misfit(f"there is no instruction {instruction!r}{nearest(instruction, CHECKS)}")
    if not isinstance(given, Mapping):
        raise Misfit(f"the kwargs of {instruction!r} have to be an object")
    asked = list(inspect.signature(CHECKS[instruction]).parameters)[1:]
    missing = [name for name in asked if given.get(name) is None]
    if missing:
        raise Misfit(f"the kwargs of {instruction!r} lack {', '.join(missing)}")
    return {name: _whole(given[name]) for name in asked}


def _whole(value: Any) -> Any:
    """Numbers of columns that also hold nulls come as 3.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def followed(row: Row, text: str, *, loosely: bool = False) -> list[bool]:
    """Of each instruction whether an answer follows it.

    Loosely: or would without its first or last line, or without asterisks. An empty answer follows
    none.
    """
    answers = [answer for answer in (_variants(text) if loosely else [text]) if answer.strip()]
    return [
        any(CHECKS[instruction](answer, **arguments) for answer in answers)
        for instruction, arguments in zip(row["instruction_id_list"], row["kwargs"], strict=True)
    ]


def judge(row: Row, text: str) -> list[EvaluationResult]:
    """Whether all instructions are followed; each by itself stands in the metadata."""
    results = []
    for way, loosely in (("strict", False), ("loose", True)):
        found = followed(row, text, loosely=loosely)
        parts = list(zip(row["instruction_id_list"], found, strict=True))
        results.append(
            EvaluationResult(
                name=f"prompt_level_{way}_acc",
                score=all(found),
                metadata={"parts": {f"inst_level_{way}_acc": parts}},
            )
        )
    return results


def _variants(text: str) -> list[str]:
    lines = text.split("\n")
    shortened = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    variants = [text, *shortened]
    return [*variants, *(variant.replace("*", "") for variant in variants)]


def _prompt(row: Row, _: Any = ()) -> Prompt:
    return Prompt(turns=(), asked=row["prompt"], joined=row["prompt"])


TASK: Final = Task(
    name="ifeval",
    title="IFEval",
    read=read,
    described="the prompt of the row, nothing added",
    measures=("prompt_level_strict_acc", "prompt_level_loose_acc"),
    sizes={541: "train (all of it)"},
    gold=lambda row: row["instruction_id_list"],
    prompt=_prompt,
    judge=judge,
    max_tokens=1280,
)
