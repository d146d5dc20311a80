"""Judges that ask one small question after the other, each by what was answered before."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, ClassVar

from pilothouse.evaluation.errors import JudgeError, ModelError
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.functions import as_evaluator
from pilothouse.evaluation.judges.forms import Labels
from pilothouse.evaluation.judges.judge import Judge
from pilothouse.evaluation.judges.prompts import Prompt
from pilothouse.evaluation.models import ModelLike
from pilothouse.evaluation.results import (
    Direction,
    EvaluationResult,
    Kind,
    Number,
    Usage,
    failed,
)
from pilothouse.evaluation.rows import Where


@dataclass(frozen=True, slots=True)
class Question:
    """Asks a model, and goes on by its answer."""

    prompt: Prompt | str
    answers: Mapping[str, str]
    """The labels it may give, each with the node that comes next."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Asks code, and goes on by whether it holds."""

    test: Evaluator | Callable[..., Any]
    """Reads fields by its parameters' names; holds by a score, or a `passed`, that is true."""
    yes: str
    no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Ends the way with what it is worth."""

    score: Number | None = None
    label: str | None = None
    explanation: str | None = None


Node = Question | Condition | Verdict


@dataclass(slots=True)
class _Walk:
    """What was met on the way, and what it took."""

    path: list[dict[str, Any]]
    usage: Usage | None = None
    cached: bool = True

    def took(self, usage: Usage | None) -> None:
        if usage is not None:
            self.usage = usage if self.usage is None else self.usage + usage


class DecisionTree(Evaluator):
    """Goes from node to node until a verdict; what no answer leads to costs nothing.

        DecisionTree(
            {
                "short": Condition(lambda outputs: len(outputs) < 500, yes="polite", no="long"),
                "polite": Question("Is {outputs} polite?", {"yes": "good", "no": "rude"}),
                "good": Verdict(score=1), "rude": Verdict(score=0), "long": Verdict(score=0.5),
            },
            model="llama-3@http://localhost:8000/v1",
        )

    Ways may meet again, but not in a circle. The path stands in `metadata`, and the result's usage
    is that of all questions asked.
    """

    kind: ClassVar[Kind] = "llm"
    name = "decision_tree"
    cheap = False

    def __init__(
        self,
        nodes: Mapping[str, Node],
        *,
        model: ModelLike | None = None,
        start: str | None = None,
        name: str | None = None,
        direction: Direction = "maximize",
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
        **rest: Any,
    ) -> None:
        """`start` is the first of the nodes, if no other; `rest` are options of Judge for each
        question. Raises ValueError for nodes that are missing or unreachable, or go in a circle.
        """
        self.nodes = dict(nodes)
        self.start = _checked(self.nodes, start)
        self.direction = direction
        self._judges = {
            place: Judge(node.prompt, Labels(tuple(node.answers)), model=model, name=place, **rest)
            for place, node in self.nodes.items()
            if isinstance(node, Question)
        }
        self._tests = {
            place: as_evaluator(node.test)
            for place, node in self.nodes.items()
            if isinstance(node, Condition)
        }
        self.version = self._version()
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The verdict at the end of the way; an error where a node on it comes to none."""
        walk = _Walk([])
        place = self.start
        try:
            while not isinstance(node := self.nodes[place], Verdict):
                said = await self._asked_at(place, fields)
                walk.took(said.usage)
                walk.cached = walk.cached and (said.cached or said.usage is None)
                walk.path.append(self._step(place, node, said))
                if said.status != "ok":
                    return self._ended(said, walk)
                place = walk.path[-1]["next"]
        except (JudgeError, ModelError) as e:
            walk.took(getattr(e, "usage", None))
            walk.path.append({"node": place, "error": str(e)})
            return self._ended(self.failure(e), walk)
        reasons = [step["explanation"] for step in walk.path if step["explanation"]]
        walk.path.append({"node": place})
        return self._ended(
            EvaluationResult(
                name=self.name,
                score=node.score,
                label=node.label if node.label is not None else place,
                explanation=node.explanation or "\n".join(reasons) or None,
            ),
            walk,
        )

    async def _asked_at(self, place: str, fields: Mapping[str, Any]) -> EvaluationResult:
        judge = self._judges.get(place)
        if judge is not None:
            return await judge.ajudge(**{name: fields[name] for name in judge.parameters})
        test = self._tests[place]
        read = {name: fields[name] for name in test.parameters if name in fields}
        said = await test.aevaluate(**read)
        if said.status == "ok" and said.score is None and said.passed is None:
            why = f"condition {place!r} says neither true nor false, but {said.label!r}"
            return failed(self.name, "NoTruth", why)
        return said

    def _step(self, place: str, node: Question | Condition, said: EvaluationResult) -> Any:
        step: dict[str, Any] = {"node": place, "explanation": said.explanation}
        if said.status != "ok":
            return {**step, "error": said.error.message if said.error else said.status}
        if isinstance(node, Question):
            judge = self._judges[place]
            answer = str(said.label)
            step |= {"prompt": judge.prompt.hash, "judge": said.metadata.get("judge")}
            return {**step, "answer": answer, "next": node.answers[answer]}
        holds = bool(said.score) if said.passed is None else said.passed
        return {**step, "answer": holds, "next": node.yes if holds else node.no}

    def _ended(self, result: EvaluationResult, walk: _Walk) -> EvaluationResult:
        asked = walk.usage is not None
        return replace(
            result,
            name=self.name,
            direction=self.direction,
            kind="llm" if asked else "code",
            usage=walk.usage,
            cached=asked and walk.cached,
            votes=None,
            metadata={"path": walk.path},
        )

    def _asked(self) -> list[inspect.Parameter]:
        """What any node reads; what only a condition with a default reads may be missing."""
        required: dict[str, bool] = {}
        for evaluator in (*self._judges.values(), *self._tests.values()):
            for name in evaluator.parameters:
                required[name] = required.get(name, False) or name in evaluator.required
        keyword = inspect.Parameter.KEYWORD_ONLY
        return [
            inspect.Parameter(name, keyword, default=inspect.Parameter.empty if must else None)
            for name, must in required.items()
        ]

    def _version(self) -> str:
        """Changes with questions, conditions, verdicts and the ways between them."""
        means = [self.start]
        for place, node in self.nodes.items():
            match node:
                case Question(answers=answers):
                    means += place, self._judges[place].version, json.dumps(dict(answers))
                case Condition(test=test, yes=yes, no=no):
                    means += place, self._tests[place].version, _source(test), yes, no
                case Verdict():
                    means += place, repr(node)
        return hashlib.sha256("\0".join(means).encode()).hexdigest()[:12]


def _checked(nodes: Mapping[str, Node], start: str | None) -> str:
    """Where to start. Raises ValueError."""
    if not nodes:
        raise ValueError("a decision tree needs a node")
    first = next(iter(nodes)) if start is None else start
    ways: dict[str, Sequence[str]] = {place: list(_ways(node)) for place, node in nodes.items()}
    for place, following in ways.items():
        if missing := [name for name in following if name not in nodes]:
            raise ValueError(f"node {place!r} leads to {missing[0]!r}, which there is not")
        if not isinstance(nodes[place], Verdict) and len(following) < 2:
            raise ValueError(f"node {place!r} needs two answers at least")
    if first not in nodes:
        raise ValueError(f"there is no node {first!r} to start from")
    try:
        TopologicalSorter(ways).prepare()
    except CycleError as e:
        circle = " -> ".join(reversed(e.args[1]))
        raise ValueError(f"the nodes go in a circle: {circle}") from None
    reached, ahead = set[str](), [first]
    while ahead:
        place = ahead.pop()
        if place not in reached:
            reached.add(place)
            ahead += ways[place]
    if lost := [place for place in nodes if place not in reached]:
        raise ValueError(f"nothing leads to {', '.join(lost)}")
    return first


def _ways(node: Node) -> Iterator[str]:
    match node:
        case Question(answers=answers):
            yield from answers.values()
        case Condition(yes=yes, no=no):
            yield from (yes, no)


def _source(test: Any) -> str:
    """What the code says, where it can be read."""
    if isinstance(test, Evaluator):
        return type(test).__qualname__
    try:
        return inspect.getsource(test)
    except (OSError, TypeError):
        return repr(getattr(test, "__qualname__", type(test).__qualname__))
