"""What of a row a model is sent in each mode, and how its answer comes back to be scored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

from pilothouse.evaluation.benchmarks import letters
from pilothouse.evaluation.benchmarks.likelihoods import Likelihoods
from pilothouse.evaluation.benchmarks.rows import Loaded, Worked
from pilothouse.evaluation.benchmarks.tasks import Mode, Task
from pilothouse.evaluation.draws import seeded
from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models.chat import ChatModel, Completion, Message, Request, Structure
from pilothouse.evaluation.models.endpoint import Endpoint
from pilothouse.evaluation.models.wrapped import Wrapped
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.runner.targets import Answer

Ask = Callable[[Row, int], Awaitable[Answer]]
_ALTERNATIVES: Final = 20  # the most that OpenAI's API gives


def example_of(
    task: Task, mode: Mode, loaded: Loaded, worked: Worked, *, shuffle: bool, seed: int
) -> dict[str, Any]:
    """A row as the runner takes it: all that a model is asked, and what is right."""
    shots = worked.of(loaded)
    if task.prompt is not None:
        prompt = task.prompt(loaded.row, shots)
        inputs: dict[str, Any] = {"row": loaded.row}
        if mode == "complete":
            inputs["text"] = prompt.joined
        else:
            inputs["messages"] = _messages(prompt.turns, prompt.asked)
        gold = task.gold(loaded.row) if task.gold else None
    elif mode == "loglikelihood":
        assert task.question is not None
        question = task.question(loaded.row, shots)
        inputs = {
            "context": question.context,
            "continuations": question.continuations,
            "choices": question.choices,
        }
        gold = task.gold(loaded.row) if task.gold else question.gold
    else:
        draw = seeded(f"{seed}:{loaded.id}")
        inputs, gold = _chat(task, mode, loaded, shots, draw if shuffle else None)
    return {
        "id": loaded.id,
        "inputs": inputs,
        "reference_outputs": gold,
        "metadata": {} if loaded.group is None else {"group": loaded.group},
    }


def length_of(example: Mapping[str, Any]) -> int:
    """How long what a model is sent is, in characters."""
    inputs = example["inputs"]
    if "context" in inputs:
        return len(inputs["context"]) + max(map(len, inputs["continuations"]))
    return len(inputs.get("text") or "") + sum(len(t) for _, t in inputs.get("messages", ()))


def by_likelihood(likelihoods: Likelihoods, *, mutual_info: bool) -> Ask:
    """Asks how likely each option is."""

    async def ask(row: Row, _: int) -> Answer:
        asked = row.inputs
        rated, usage = await likelihoods.of(asked["context"], asked["continuations"])
        outputs: dict[str, Any] = {
            "loglikelihoods": [one.logprob for one in rated],
            "greedy": [one.greedy for one in rated],
            "tokens": [len(one.tokens) for one in rated],
        }
        if mutual_info:
            alone, more = await likelihoods.of("", asked["continuations"])
            outputs["unconditional"] = [one.logprob for one in alone]
            usage = more if usage is None else usage + more if more is not None else usage
        return Answer(outputs=outputs, usage=usage)

    return ask


def by_letter(model: ChatModel) -> Ask:
    """Asks for the letter alone, and reads how likely each would have been."""

    async def ask(row: Row, _: int) -> Answer:
        completion = await model.complete(
            Request(
                messages=_sent(row),
                temperature=0,
                max_tokens=1,
                top_logprobs=_ALTERNATIVES,
            )
        )
        if not completion.tokens:
            raise ModelError("Unsupported", f"{model.name!r} gives no log-probabilities")
        first = completion.tokens[0]
        found, missing = letters.rated(
            {first.text: first.logprob, **first.alternatives}, len(row.inputs["order"])
        )
        outputs = {"text": completion.text, "logprobs": found, "missing": missing}
        return Answer(outputs=outputs, usage=completion.usage)

    return ask


def by_text(model: ChatModel, task: Task, max_tokens: int) -> Ask:
    """Asks for an answer in the model's own words."""

    async def ask(row: Row, _: int) -> Answer:
        completion = await model.complete(
            Request(messages=_sent(row), temperature=0, max_tokens=max_tokens, stop=task.stop)
        )
        outputs = {"text": completion.text, "finish_reason": completion.finish_reason}
        return Answer(outputs=outputs, usage=completion.usage)

    return ask


class Continuing:
    """An endpoint that goes on with a text, as a model of requests with that text alone."""

    structures: Sequence[Structure] = ("text",)

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @property
    def name(self) -> str:
        """That of the endpoint."""
        return self._endpoint.name

    @property
    def identity(self) -> str:
        """The endpoint and the way it is asked, as a cache tells them apart."""
        return f"{self._endpoint.identity}#completions"

    async def complete(self, request: Request) -> Completion:
        """How the text goes on."""
        (message,) = request.messages
        return await self._endpoint.continued(
            message.content,
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            stop=request.stop,
        )


class OneToken(Wrapped):
    """A model whose answers of one token are whole, so that a cache keeps them."""

    async def complete(self, request: Request) -> Completion:
        """The answer of the model within."""
        return replace(await self.inner.complete(request), finish_reason="stop")


def _chat(
    task: Task,
    mode: Mode,
    loaded: Loaded,
    shots: Sequence[Mapping[str, Any]],
    draw: Random | None,
) -> tuple[dict[str, Any], int | None]:
    """A question with options in the order in which a chat sees them, worked ones before it."""
    assert task.posed is not None
    worked_out = mode == "generate"
    turns = []
    for shot in shots:
        posed = task.posed(shot)
        order = _order(len(posed.options), draw)
        letter = letters.LETTERS[order.index(posed.gold or 0)]
        answer = letters.shown(letter, worked_out=worked_out)
        turns.append((letters.asked(posed, order, worked_out=worked_out), answer))
    posed = task.posed(loaded.row)
    order = _order(len(posed.options), draw)
    asked = letters.asked(posed, order, worked_out=worked_out)
    return {"messages": _messages(turns, asked), "order": order}, posed.gold


def _order(count: int, draw: Random | None) -> list[int]:
    """The option in each place."""
    order = list(range(count))
    if draw is not None:
        draw.shuffle(order)
    return order


def _messages(turns: Sequence[tuple[str, str]], asked: str) -> list[tuple[str, str]]:
    said = [m for question, answer in turns for m in (("user", question), ("assistant", answer))]
    return [*said, ("user", asked)]


def _sent(row: Row) -> list[Message]:
    if "text" in row.inputs:
        return [Message("user", row.inputs["text"])]
    return [Message(role, text) for role, text in row.inputs["messages"]]
