"""GSM8K: grade school mathematics in words (Cobbe et al. 2021), answered freely.

The number is taken from an answer in the two ways of lm-evaluation-harness: strictly, after the
mark #### that worked examples end in, and flexibly, as the last number there is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pilothouse.evaluation.benchmarks.columns import Columns, Misfit
from pilothouse.evaluation.benchmarks.tasks import Prompt, Row, Task
from pilothouse.evaluation.results import EvaluationResult

NO_ANSWER: Final = "no_answer"
_STRICT: Final = re.compile(r"#### (-?[0-9.,]+)")
_NUMBER: Final = re.compile(r"-?[$0-9.,]{2,}|-?[0-9]+")
_IGNORED: Final = (
    re.compile(","),
    re.compile(r"\$"),
    re.compile(r"(?s).*#### "),
    re.compile(r"\.$"),
)


def read(columns: Columns) -> Row:
    """The row; its answer ends in #### and the number."""
    answer = columns.text("answer")
    if "#### " not in answer:
        raise Misfit("'answer' has no '#### ' before its number")
    return {"question": columns.text("question"), "answer": answer}


def prompt(row: Row, shots: Sequence[Row] = ()) -> Prompt:
    """What a model is asked after worked examples."""
    worked = [(_asked(shot), str(shot["answer"])) for shot in shots]
    return Prompt(
        turns=tuple(worked),
        asked=_asked(row),
        joined="\n\n".join([*(f"{asked} {answer}" for asked, answer in worked), _asked(row)]),
    )


def strict(text: str) -> str | None:
    """The first number after the mark."""
    found = _STRICT.search(text)
    return found[1].strip() if found else None


def flexible(text: str) -> str | None:
    """The last number."""
    found = _NUMBER.findall(text)
    return found[-1].strip() if found else None


def normal(number: str) -> str:
    """A number as it is compared: no thousands, no dollars, no full stop, no working before it."""
    for ignored in _IGNORED:
        number = ignored.sub("", number)
    return number.lower()


def judge(row: Row, text: str) -> list[EvaluationResult]:
    """Whether the number is right, found in either way; none is a wrong answer."""
    gold = normal(str(row["answer"]))
    return [
        EvaluationResult(
            name=name,
            score=found is not None and normal(found) == gold,
            label=NO_ANSWER if found is None else found,
        )
        for name, found in (
            ("exact_match_strict", strict(text)),
            ("exact_match_flexible", flexible(text)),
        )
    ]


def _asked(row: Row) -> str:
    return f"Question: {row['question']}\nAnswer:"


TASK: Final = Task(
    name="gsm8k",
    title="GSM8K",
    read=read,
    described="'Question: … Answer:', worked examples ending in '#### number'",
    measures=("exact_match_strict", "exact_match_flexible"),
    shots=5,
    sizes={7_473: "train", 1_319: "test"},
    gold=lambda row: row["answer"],
    prompt=prompt,
    judge=judge,
    stop=("Question:", "</s>", "<|im_end|>"),
)
