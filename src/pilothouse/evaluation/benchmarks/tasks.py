"""What a benchmark is: how its rows are read, what a model is asked, and how it is scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pilothouse.evaluation.benchmarks.columns import Columns
from pilothouse.evaluation.benchmarks.multiple_choice import Question
from pilothouse.evaluation.results import EvaluationResult

Row = Mapping[str, Any]
"""A row in the public format of its benchmark."""
Mode = Literal["loglikelihood", "letter_logprob", "generate", "complete"]
"""How a model is asked: the likelihood of each option; that of each option's letter as the first
token of a chat answer; a chat answer; a text that goes on (for models that are no assistants)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """A question with options as a chat is asked it."""

    stem: str
    options: tuple[str, ...]
    gold: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A text that a model is to answer freely."""

    turns: tuple[tuple[str, str], ...]
    """Worked examples: what was asked, and the answer to it."""
    asked: str
    joined: str
    """The same as one text, for models that go on with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One benchmark. Those with options have `question` and `posed`, free ones `prompt`."""

    name: str
    title: str
    read: Callable[[Columns], Row]
    """The row in its public format. Raises ValueError for what is missing or of another kind."""
    read_shot: Callable[[Columns], Row] | None = None
    """The same for worked examples, where they may have less."""
    described: str
    """The prompt in a few words, for the report."""
    measures: tuple[str, ...] = ("acc", "acc_norm", "acc_bytes")
    """Which metrics it reports; for tasks with options under log-likelihood."""
    shots: int = 0
    """Worked examples before each question, where nothing else is asked for."""
    sizes: Mapping[int, str] = field(default_factory=dict)
    """Rows of the published splits: which split has so many."""
    question: Callable[[Row, Sequence[Row]], Question] | None = None
    posed: Callable[[Row], Posed] | None = None
    shuffled: bool = False
    """Whether a chat has to see the options in another order, since the right one is the first."""
    gold: Callable[[Row], Any] | None = None
    """What an answer is held against, where it is not the place of an option."""
    normaliser: str | None = None
    """What its `acc` is, where it is another one than others'."""
    prompt: Callable[[Row, Sequence[Row]], Prompt] | None = None
    judge: Callable[[Row, str], list[EvaluationResult]] | None = None
    """The verdicts on a free answer to a row."""
    stop: tuple[str, ...] = ()
    max_tokens: int = 1024
    group: Callable[[Row], str | None] = lambda _: None
    """What a row is counted under, say a subject."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Of groups: which larger one they belong to."""
    per_group: bool = False
    """Whether groups are the unit, as subjects of MMLU: worked examples are those of the group, a
    limit is one of each, and the whole is pooled from them."""
    caution: str | None = None
    """What readers of the figures should know."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        """How the task may be asked, its own way first."""
        if self.prompt is not None:
            return ("generate", "complete")
        chat: tuple[Mode, ...] = ("generate", "letter_logprob") if self.posed else ()
        return ("loglikelihood", *chat)
