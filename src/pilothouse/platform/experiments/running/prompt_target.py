"""A stored prompt as what an experiment runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models import Message, Request
from pilothouse.evaluation.runner.targets import Answer
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.experiments.running.answers import FIELD, Call
from pilothouse.platform.prompts.rendering import rendered

if TYPE_CHECKING:
    from pilothouse.evaluation.models import ChatModel, Completion
    from pilothouse.evaluation.rows import Row

_ROLES: Final = frozenset(("system", "user", "assistant", "tool"))
_OWN: Final = ("temperature", "max_tokens", "seed", "stop")
"""Parameters that a request has itself; others go to the provider as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptCalls:
    """Asks a model with the messages of a prompt."""

    plain: Mapping[str, Any]
    """The prompt in the plain form."""
    name: str
    number: int
    model: ChatModel
    parameters: Mapping[str, Any]

    async def call(self, row: Row, note: Callable[[Call], None]) -> Answer:
        """The model's answer to an example; `note` is told the call, however it went."""
        started = asked = time.time_ns()
        told: list[dict[str, Any]] = []
        completion: Completion | None = None
        try:
            told = rendered(self.plain, row.inputs)
            request = self._request(told)
            asked = time.time_ns()
            completion = await self._answered(request)
            outputs = self._outputs(completion)
        except BadRequest as error:
            note(self._called((started, asked), told, completion, "BadInputs", error.message))
            raise ValueError(error.message) from None
        except ModelError as error:
            note(self._called((started, asked), told, completion, error.type, str(error)))
            raise
        called = self._called((started, asked), told, completion)
        note(called)
        return Answer(outputs=outputs, usage=completion.usage, fields={FIELD: called.document()})

    def _request(self, told: Sequence[Mapping[str, Any]]) -> Request:
        given = {**self.plain["parameters"], **self.parameters}
        stop = given.get("stop") or ()
        return Request(
            messages=[Message(_role(one), _text(one["content"])) for one in told],
            schema=self.plain["schema"],
            schema_name="output",
            temperature=given.get("temperature"),
            max_tokens=given.get("max_tokens"),
            seed=given.get("seed"),
            stop=[stop] if isinstance(stop, str) else stop,
            extra={name: value for name, value in given.items() if name not in _OWN},
        )

    async def _answered(self, request: Request) -> Completion:
        if request.schema is None:
            return await self.model.complete(request)
        while True:  # each refusal teaches the model's endpoint one way less
            asked = replace(request, structure=self.model.structures[0])
            try:
                return await self.model.complete(asked)
            except ModelError as error:
                if error.type != "Unsupported":
                    raise

    def _outputs(self, completion: Completion) -> Any:
        if completion.refusal is not None:
            raise ModelError("Refused", f"the model refused: {completion.refusal}")
        if self.plain["schema"] is None:
            return completion.text
        import orjson

        try:
            return orjson.loads(completion.text)
        except orjson.JSONDecodeError:
            raise ModelError(
                "Malformed", "the answer is no JSON, as the prompt's schema asks"
            ) from None

    def _called(
        self,
        times: tuple[int, int],
        told: list[dict[str, Any]],
        completion: Completion | None,
        error_type: str = "",
        error: str = "",
    ) -> Call:
        usage = None if completion is None else completion.usage
        return Call(
            start_ns=times[0],
            asked_ns=times[1],
            end_ns=time.time_ns(),
            error_type=error_type,
            error=error,
            messages=told,
            parameters={**self.plain["parameters"], **self.parameters},
            model=self.model.name if completion is None else completion.model,
            text="" if completion is None else completion.text,
            finish_reason="" if completion is None else completion.finish_reason,
            input_tokens=None if usage is None else usage.input_tokens,
            output_tokens=None if usage is None else usage.output_tokens,
            cached_tokens=None if usage is None else usage.cached_tokens,
            cost=None if usage is None else usage.cost,
            attributes={
                "llm.prompt_template.version": str(self.number),
                "gen_ai.prompt.name": self.name,
            },
        )


def check_runnable(name: str, plain: Mapping[str, Any]) -> None:
    """Raise BadRequest for a prompt that asks for more than an experiment can give it."""
    if plain["tools"]:
        raise BadRequest(f"prompt {name!r} offers tools, which an experiment cannot run")
    for message in plain["messages"]:
        if message["role"] != "placeholder":
            _text(message["content"])


def _role(message: Mapping[str, Any]) -> Any:
    role = message["role"]
    if role not in _ROLES:
        raise BadRequest(f"a message has the role {role!r}; known are {', '.join(sorted(_ROLES))}")
    return role


def _text(content: Any) -> str:
    """The text of a message, which may come in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    if any(not isinstance(part, dict) or part.get("type") != "text" for part in parts):
        raise BadRequest("a message has more than text, which an experiment cannot send")
    return "".join(part["text"] for part in parts)
