"""A request with the answer that would not do, and why: what the model is asked again with."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.gateway.guardrails.texts import joined, of_answer

_STREAMED: Final = ("stream", "stream_options")
_WHY: Final = (
    "Your answer could not be passed on: {reason}. Answer the same again so that this does not "
    "hold, with nothing about this message."
)
_LISTS: Final = {"/chat/completions": "messages", "/messages": "messages", "/responses": "input"}


def follow_up(
    path: str, body: dict[str, Any], said: dict[str, Any], reason: str
) -> dict[str, Any] | None:
    """The request; None where its protocol has no turns."""
    name = _LISTS.get(path)
    if name is None:
        return None
    turns = body.get(name)
    if isinstance(turns, str):
        turns = [{"role": "user", "content": turns}]
    if not isinstance(turns, list):
        return None
    text = joined([slot for slot in of_answer(said) if not slot.is_json])
    turns = [
        *turns,
        {"role": "assistant", "content": text or "(nothing)"},
        {"role": "user", "content": _WHY.format(reason=reason)},
    ]
    rest = {key: value for key, value in body.items() if key not in _STREAMED}
    return {**rest, name: turns}
