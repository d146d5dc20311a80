"""Conversations of agents, whichever library wrote them, as roles and calls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_ROLES: Final = {"human": "user", "ai": "assistant", "function": "tool", "developer": "system"}

SILENT: Final = ("", "null")
"""The text of a turn that only calls tools."""


class Unreadable(ValueError):
    """Data that are no conversation, or no call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call of a tool by its name, with arguments that are parsed."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message, as far as a trajectory is compared by it."""

    role: str
    text: str = ""
    calls: tuple[ToolCall, ...] = ()


def turns(conversation: Any) -> list[Turn]:
    """The turns of OpenAI messages, LangChain messages, or a mapping that has them as `messages`.

    Raises Unreadable for a mapping without them, a message without a role, and for arguments that
    are no JSON object.
    """
    if isinstance(conversation, Mapping):
        if "messages" not in conversation:
            raise Unreadable(f"no messages among {', '.join(map(str, conversation)) or 'nothing'}")
        conversation = conversation["messages"]
    if not isinstance(conversation, Sequence) or isinstance(conversation, str):
        raise Unreadable(f"a conversation is a list of messages, not {conversation!r}")
    return [_turn(message) for message in conversation]


def calls(made: Any) -> list[ToolCall]:
    """The calls of a conversation, or calls themselves: with `name`, and `args` or `arguments`.

    Raises Unreadable as `turns` does, and for a call without a name.
    """
    if isinstance(made, Sequence) and not isinstance(made, str):
        are_messages = any(_get(one, "role") or _get(one, "type") for one in made)
        if not are_messages:
            return [_call(one) for one in made]
    return [call for turn in turns(made) for call in turn.calls]


def _turn(message: Any) -> Turn:
    role = _get(message, "role") or _get(message, "type")
    if not isinstance(role, str):
        raise Unreadable(f"a message needs a role: {message!r}")
    content = _get(message, "content")
    return Turn(
        role=_ROLES.get(role, role),
        text=content if isinstance(content, str) else json.dumps(content, default=str),
        calls=tuple(_call(call) for call in _get(message, "tool_calls") or ()),
    )


def _call(call: Any) -> ToolCall:
    if isinstance(call, ToolCall):
        return call
    inner = _get(call, "function") or call
    name = _get(inner, "name")
    if not isinstance(name, str):
        raise Unreadable(f"a tool call needs a name: {call!r}")
    given: Any = next(
        (
            value
            for key in ("arguments", "args", "input_parameters", "input")
            if (value := _get(inner, key)) is not None
        ),
        {},
    )
    if isinstance(given, str):
        try:
            given = json.loads(given or "{}")
        except json.JSONDecodeError as e:
            raise Unreadable(f"the arguments of {name!r} are no JSON: {e}") from e
    if not isinstance(given, Mapping):
        raise Unreadable(f"the arguments of {name!r} are no JSON object: {given!r}")
    return ToolCall(name=name, arguments=given)


def _get(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
