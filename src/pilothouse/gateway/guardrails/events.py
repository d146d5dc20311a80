"""Texts in the events of a stream, of all protocols, and events with other texts in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.gateway.guardrails.texts import Slot, of_answer

Json = dict[str, Any]
Channel = tuple[Any, ...]
"""Which text of a stream a piece is of."""
_NAMES: Final = ("content", "reasoning_content", "reasoning", "refusal")
_WHOLE: Final = ("text", "arguments", "refusal")
_BLOCK: Final = {"text_delta": "text", "input_json_delta": "partial_json",
                 "thinking_delta": "thinking"}  # fmt: skip


@dataclass(slots=True)
class Piece:
    """A piece of a text."""

    channel: Channel
    where: Json
    key: str
    another: Callable[[str], Json]
    """An event that brings another piece of the same text."""
    is_json: bool = False
    is_alone: bool = False
    """Whether its event says nothing else."""


def pieces_of(event: Json) -> list[Piece]:
    """The pieces of texts that an event brings."""
    choices = event.get("choices")
    if isinstance(choices, list):
        is_single = len(choices) == 1
        return [
            piece
            for choice in choices
            if isinstance(choice, dict)
            for piece in _of_choice(event, choice, is_single=is_single)
        ]
    kind = event.get("type")
    if kind == "content_block_delta":
        return list(_of_block(event))
    if isinstance(kind, str) and kind.endswith(".delta") and isinstance(event.get("delta"), str):
        place = event.get("item_id", event.get("output_index"))
        inner = event.get("content_index", event.get("summary_index"))
        channel = (place, inner, kind.removesuffix(".delta"))
        return [
            Piece(
                channel,
                event,
                "delta",
                lambda text: {**event, "delta": text},
                is_json="arguments" in kind,
                is_alone=True,
            )
        ]
    return []


def _of_choice(event: Json, choice: Json, *, is_single: bool) -> Iterator[Piece]:
    index = choice.get("index", 0)
    head = {name: value for name, value in event.items() if name not in ("choices", "usage")}

    def another(inner: Json) -> Json:
        return {**head, "choices": [{"index": index, "finish_reason": None, **inner}]}

    is_open = is_single and not choice.get("finish_reason")
    if isinstance(choice.get("text"), str):
        yield Piece(
            (index, "text"), choice, "text", lambda text: another({"text": text}), False, is_open
        )
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        return
    for name in _NAMES:
        if isinstance(delta.get(name), str):
            yield Piece(
                (index, name),
                delta,
                name,
                _said(another, name),
                False,
                is_open and len(delta) == 1,
            )
    calls = delta.get("tool_calls")
    for place, call in enumerate(calls if isinstance(calls, list) else ()):
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("arguments"), str):
            number = call.get("index", place)
            yield Piece(
                (index, "tool_calls", number), function, "arguments", _call(another, number), True
            )


def _said(another: Callable[[Json], Json], name: str) -> Callable[[str], Json]:
    return lambda text: another({"delta": {name: text}})


def _call(another: Callable[[Json], Json], number: Any) -> Callable[[str], Json]:
    def event(text: str) -> Json:
        part = {"index": number, "function": {"arguments": text}}
        return another({"delta": {"tool_calls": [part]}})

    return event


def _of_block(event: Json) -> Iterator[Piece]:
    delta = event.get("delta")
    if not isinstance(delta, dict):
        return
    name = _BLOCK.get(str(delta.get("type")))
    if name is not None and isinstance(delta.get(name), str):
        yield Piece(
            (event.get("index"), name),
            delta,
            name,
            lambda text: {**event, "delta": {**delta, name: text}},
            name == "partial_json",
            True,
        )


def ends(event: Json, channel: Channel) -> bool:
    """Whether nothing more comes of a text after an event."""
    choices = event.get("choices")
    if isinstance(choices, list):
        return any(
            isinstance(each, dict)
            and each.get("finish_reason")
            and each.get("index", 0) == channel[0]
            for each in choices
        )
    kind = event.get("type")
    if not isinstance(kind, str):
        return False
    if kind == "content_block_stop":
        return bool(event.get("index") == channel[0])
    if kind in ("message_delta", "message_stop", "response.completed", "response.incomplete"):
        return True
    place = event.get("item_id", event.get("output_index"))
    return kind.endswith(".done") and bool(place == channel[0])


def wholes_of(event: Json) -> list[Slot]:
    """Texts that an event repeats whole: at the end of a part, an item, or a response."""
    kind = event.get("type")
    if not isinstance(kind, str):
        return []
    found: list[Slot] = []
    if kind.endswith(".done"):
        found += [
            Slot(event, name, "assistant", name == "arguments")
            for name in _WHOLE
            if isinstance(event.get(name), str)
        ]
        for name in ("item", "part"):
            if isinstance(event.get(name), dict):
                found += of_answer({"output": [event[name]]})
    if isinstance(event.get("response"), dict):
        found += of_answer(event["response"])
    if kind == "content_block_start" and isinstance(event.get("content_block"), dict):
        found += of_answer({"content": [event["content_block"]]})
    return found
