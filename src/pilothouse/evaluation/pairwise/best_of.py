"""The best of several answers by one question: cheaper than all pairs, and says less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pilothouse.evaluation.answers import Answers, Key, answers_of
from pilothouse.evaluation.draws import seeded
from pilothouse.evaluation.judges import Judge, Labels, Prompt
from pilothouse.evaluation.loops import in_turn, run
from pilothouse.evaluation.models import ModelLike
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.statistics.intervals import Interval
from pilothouse.evaluation.statistics.shares import share_interval

PROMPT: Final = """\
Several answers to one question follow, by their ids. Say which of them is the best{criteria}.

Neither their order nor their length counts.

The question:
{{inputs}}

The answers:
{{answers}}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which system's answer was chosen for one example."""

    example: str
    best: str | None
    """None where the judge came to no verdict."""
    shown: tuple[str, ...]
    """The systems in the order in which their answers stood."""
    row: Row
    result: EvaluationResult


@dataclass(frozen=True, kw_only=True)
class BestOf:
    """How often each system's answer was the best."""

    systems: tuple[str, ...]
    choices: tuple[Choice, ...]
    without_answer: tuple[str, ...]
    """Examples that some system has no answer to: not judged."""
    confidence: float

    @property
    def failed(self) -> tuple[str, ...]:
        """Examples without a verdict, which count as nothing."""
        return tuple(choice.example for choice in self.choices if choice.best is None)

    @cached_property
    def shares(self) -> Mapping[str, Interval | None]:
        """How often each was chosen (Wilson, or heeding clusters); 1/k would be chance."""
        return {
            system: self._share([(choice, choice.best == system) for choice in self._told])
            for system in self.systems
        }

    @cached_property
    def places(self) -> Sequence[Interval | None]:
        """How often each place was chosen, whoever stood there: 1/k each, for a fair judge."""
        return [
            self._share([(choice, choice.shown[place] == choice.best) for choice in self._told])
            for place in range(len(self.systems))
        ]

    @property
    def _told(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.best is not None]

    def _share(self, flags: Sequence[tuple[Choice, bool]]) -> Interval | None:
        sources = [(choice.row.cluster or ("example", choice.example), so) for choice, so in flags]
        return share_interval(sources, self.confidence)


def select_best(
    systems: Mapping[str, Answers],
    model: ModelLike,
    *,
    criteria: str | None = None,
    seed: int = 0,
    confidence: float = 0.95,
    max_concurrency: int = 10,
    **about: Any,
) -> BestOf:
    """Shows a model all answers to an example at once, in a drawn order, and asks for the best.

    `about` are the further options of Judge. Raises ValueError for fewer than two systems, and
    where no example has an answer of each.
    """
    asking = _chosen(systems, model, criteria, seed, max_concurrency, about)
    choices, without = run(asking)
    return BestOf(
        systems=tuple(systems), choices=choices, without_answer=without, confidence=confidence
    )


async def _chosen(
    systems: Mapping[str, Answers],
    model: ModelLike,
    criteria: str | None,
    seed: int,
    max_concurrency: int,
    about: Mapping[str, Any],
) -> tuple[tuple[Choice, ...], tuple[str, ...]]:
    """The choices, and the examples that lack an answer."""
    if len(systems) < 2:  # nothing to choose
        raise ValueError("give two systems at least")
    answers = {name: answers_of(given) for name, given in systems.items()}
    known: dict[Key, None] = dict.fromkeys(key for rows in answers.values() for key in rows)
    asked = [key for key in known if all(key in rows for rows in answers.values())]
    if not asked:
        raise ValueError("no example has an answer of each system")
    by = f" by this: {criteria}" if criteria else ""
    prompt = Prompt(PROMPT.format(criteria="{criteria}"), given={"criteria": by})
    ids = tuple(f"a{place}" for place in range(1, len(systems) + 1))
    judge = Judge(prompt, Labels(ids), model=model, name="best_of", **about)

    async def choose(key: Key) -> Choice:
        order = list(systems)
        seeded(f"{seed}\0{key}").shuffle(order)
        row = answers[order[0]][key]
        shown = {id: answers[name][key].outputs for id, name in zip(ids, order, strict=True)}
        result = await judge.aevaluate(inputs=row.inputs, answers=shown)
        best = None if result.label is None else order[ids.index(result.label)]
        return Choice(example=key[0], best=best, shown=tuple(order), row=row, result=result)

    choices = await in_turn(choose, asked, limit=max_concurrency)
    judged = set(asked)
    without = dict.fromkeys(key[0] for key in known if key not in judged)
    return tuple(choices), tuple(without)
