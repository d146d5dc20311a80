"""What code of LangChain's old agents read, from what its agents give today."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def intermediate_steps(messages: Iterable[Any]) -> list[tuple[str, Any, Any]]:
    """(tool, its input, what it gave) for each call of a tool, in the order of the calls.

    A call that was never answered has None for what it gave.

        out = agent.invoke({"messages": [("user", "…")]})
        print(intermediate_steps(out["messages"]))
    """
    given = list(messages)
    observed = {
        message.tool_call_id: message.content
        for message in given
        if hasattr(message, "tool_call_id")
    }
    return [
        (call["name"], call["args"], observed.get(call["id"]))
        for message in given
        for call in getattr(message, "tool_calls", None) or ()
    ]
