"""The texts of a request and of an answer, wherever a protocol puts them, to read and to replace.

What OpenAI's three APIs and Anthropic's messages call a text is found by the shape of the bodies:
contents and their parts, instructions, results of tools, and the arguments of calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

Json = dict[str, Any]
Role = Literal["system", "user", "assistant", "tool"]
ROLES: Final[tuple[Role, ...]] = ("system", "user", "assistant", "tool")
_ROLES: Final[dict[str, Role]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_TEXTS: Final = ("text", "thinking", "refusal")
_SAID: Final = ("content", "reasoning_content", "reasoning", "refusal")
_DEEPEST: Final = 20
"""Levels of parts within parts that are looked into; JSON of clients is not endless."""


@dataclass(slots=True)
class Slot:
    """One text in its place."""

    where: Any
    """The object or list that holds it; Any: JSON."""
    key: str | int
    role: Role
    is_json: bool = False
    """Whether it is JSON written as a text, as arguments of a call are."""

    @property
    def text(self) -> str:
        """What stands there."""
        found: str = self.where[self.key]
        return found

    def put(self, text: str) -> None:
        """Have another text stand there."""
        self.where[self.key] = text


def of_request(body: Json) -> list[Slot]:
    """All texts that a model would read, but for the descriptions of its tools."""
    found: list[Slot] = []
    for name in ("system", "instructions"):
        found += _under(body, name, "system")
    messages = body.get("messages")
    if isinstance(messages, list):
        for message in messages:
            found += _message(message)
    for name in ("input", "prompt"):
        given = body.get(name)
        if isinstance(given, str):
            found.append(Slot(body, name, "user"))
        elif isinstance(given, list):
            found += _items(given)
    return found


def of_answer(said: Json) -> list[Slot]:
    """All texts that a model wrote."""
    found: list[Slot] = []
    choices = said.get("choices")
    if isinstance(choices, list):
        for choice in choices:
            if isinstance(choice, dict):
                found += _message(choice.get("message"), "assistant")
                found += _under(choice, "text", "assistant")
    for name in ("output", "content"):  # of a response, and of Anthropic's message
        given = said.get(name)
        if isinstance(given, list):
            found += [_as_assistant(slot) for slot in _items(given)]
    return found


def joined(slots: list[Slot]) -> str:
    """Texts together, a line between them."""
    return "\n".join(slot.text for slot in slots if slot.text)


def question_of(body: Json) -> str:
    """What was asked last: the newest text of a user, else all there is."""
    slots = of_request(body)
    own = [slot for slot in slots if slot.role == "user"]
    return (own or slots)[-1].text if slots else ""


def _as_assistant(slot: Slot) -> Slot:
    return Slot(slot.where, slot.key, "assistant", slot.is_json)


def _items(given: list[Any]) -> Iterator[Slot]:
    """Of a prompt, of the items of a response, or of parts."""
    for place, each in enumerate(given):
        if isinstance(each, str):
            yield Slot(given, place, "user")
        elif isinstance(each, dict):
            yield from _message(each) if "role" in each else _part(each, "user", 0)


def _message(message: Any, otherwise: Role = "user") -> Iterator[Slot]:
    if not isinstance(message, dict):
        return
    named = message.get("role")
    role = _ROLES.get(named, otherwise) if isinstance(named, str) else otherwise
    for name in _SAID:
        yield from _under(message, name, role)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            yield from _arguments(call.get("function"))
    yield from _arguments(message.get("function_call"))


def _under(where: Json, name: str, role: Role, depth: int = 0) -> Iterator[Slot]:
    """Texts that stand below a name: one, or in parts."""
    given = where.get(name)
    if isinstance(given, str):
        yield Slot(where, name, role)
    elif isinstance(given, list) and depth < _DEEPEST:
        for place, part in enumerate(given):
            if isinstance(part, str):
                yield Slot(given, place, role)
            elif isinstance(part, dict):
                yield from _part(part, role, depth + 1)


def _part(part: Json, role: Role, depth: int) -> Iterator[Slot]:
    kind = part.get("type")
    for name in _TEXTS:
        if isinstance(part.get(name), str):
            yield Slot(part, name, role)
    if kind == "tool_use":  # Anthropic's: the arguments are no text but JSON itself
        yield from _strings(part.get("input"), "assistant", depth)
    elif kind in ("function_call", "mcp_call"):
        yield from _arguments(part)
    elif kind == "function_call_output":
        yield from _under(part, "output", "tool", depth)
    elif kind in ("tool_result", "document", "search_result"):
        yield from _under(part, "content", "tool", depth)
        if isinstance(part.get("source"), dict):
            source = part["source"]
            if source.get("type") == "text":
                yield from _under(source, "data", "tool", depth)
            yield from _under(source, "content", "tool", depth)
    else:  # an output message, a summary of a reasoning, and what is still to come
        for name in ("content", "summary"):
            yield from _under(part, name, role, depth)


def _arguments(function: Any) -> Iterator[Slot]:
    if isinstance(function, dict) and isinstance(function.get("arguments"), str):
        yield Slot(function, "arguments", "assistant", is_json=True)


def _strings(value: Any, role: Role, depth: int) -> Iterator[Slot]:
    if depth > _DEEPEST or not isinstance(value, dict | list):
        return
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(each, str):
            yield Slot(value, key, role)
        else:
            yield from _strings(each, role, depth + 1)


def escaped(text: str) -> str:
    """A text as it is written within a text of JSON."""
    try:
        return orjson.dumps(text)[1:-1].decode()
    except orjson.JSONEncodeError:  # half a character
        return orjson.dumps(text.encode("utf-8", "replace").decode())[1:-1].decode()
