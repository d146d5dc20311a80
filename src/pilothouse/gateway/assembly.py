"""A stream put together to the answer that would have come whole, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pilothouse.gateway.messages_stream import assembled_message
from pilothouse.gateway.streams import DONE, events_of, written

Json = dict[str, Any]
_OF_A_MESSAGE: Final = frozenset(
    ("message_start", "message_delta", "message_stop", "content_block_delta")
)
_HEAD: Final = ("id", "created", "model", "system_fingerprint", "service_tier")


def assembled(blocks: list[bytes]) -> Json:
    """The whole answer that a stream's events tell of; {} where they tell nothing."""
    events = events_of(b"".join(blocks))
    for said in reversed(events):
        if "choices" in said:
            break
        if str(said.get("type")) in _OF_A_MESSAGE:
            return assembled_message(events)
        if isinstance(said.get("response"), dict):
            whole: Json = said["response"]
            return whole
    pieces = [said for said in events if isinstance(said.get("choices"), list)]
    answer = _head(pieces)
    choices: dict[int, Json] = {}
    for said in pieces:
        if isinstance(said.get("usage"), dict):
            answer["usage"] = said["usage"]
        for each in said["choices"]:
            if isinstance(each, dict):
                _add(choices, each)
    if not choices:
        return answer
    is_chat = all("message" in each for each in choices.values())
    answer["object"] = "chat.completion" if is_chat else "text_completion"
    answer["choices"] = [_told(choices[index]) for index in sorted(choices)]
    return answer


def _head(pieces: list[Json]) -> Json:
    """What each piece repeats, as the first one says it."""
    found: Json = {}
    for name in _HEAD:
        told = next((said[name] for said in pieces if said.get(name) is not None), None)
        if told is not None:
            found[name] = told
    return found


def _add(choices: dict[int, Json], piece: Json) -> None:
    index = piece.get("index")
    index = index if type(index) is int else 0
    delta = piece.get("delta")
    choice = choices.setdefault(index, {"index": index, "finish_reason": None})
    if isinstance(delta, dict):
        _merge(choice.setdefault("message", {"role": "assistant", "content": None}), delta)
    elif isinstance(piece.get("text"), str):
        choice["text"] = choice.get("text", "") + piece["text"]
    if isinstance(piece.get("logprobs"), dict):
        logprobs = choice.setdefault("logprobs", {})
        for name, values in piece["logprobs"].items():
            if isinstance(values, list):
                logprobs.setdefault(name, []).extend(values)
    if piece.get("finish_reason"):
        choice["finish_reason"] = piece["finish_reason"]


def _merge(message: Json, delta: Json) -> None:
    for name, value in delta.items():
        if name == "tool_calls":
            if isinstance(value, list):
                _merge_calls(message.setdefault("tool_calls", {}), value)
        elif isinstance(value, str) and name != "role" and isinstance(message.get(name), str):
            message[name] += value
        elif value is not None:
            message[name] = value


def _merge_calls(calls: dict[int, Json], parts: list[Any]) -> None:
    for place, part in enumerate(parts):
        if isinstance(part, dict):
            index = part.get("index")
            _merge_call(calls.setdefault(index if type(index) is int else place, {}), part)


def _merge_call(call: Json, part: Json) -> None:
    for name in ("id", "type"):
        if part.get(name):
            call[name] = part[name]
    given = part.get("function")
    if not isinstance(given, dict):
        return
    function = call.setdefault("function", {"name": "", "arguments": ""})
    for name in ("name", "arguments"):
        if isinstance(given.get(name), str):
            function[name] += given[name]


def _told(choice: Json) -> Json:
    message = choice.get("message")
    if isinstance(message, dict) and isinstance(message.get("tool_calls"), dict):
        calls = message["tool_calls"]
        message["tool_calls"] = [{"type": "function", **calls[index]} for index in sorted(calls)]
    return choice


def replayed(answer: Json, *, with_usage: bool) -> Iterator[bytes]:
    """A whole chat completion or completion as the events of a stream."""
    head: Json = {name: answer[name] for name in _HEAD[:3] if name in answer}
    is_chat = answer.get("object") != "text_completion"
    head["object"] = "chat.completion.chunk" if is_chat else "text_completion"
    for choice in (each for each in answer["choices"] if isinstance(each, dict)):
        index, reason = choice.get("index", 0), choice.get("finish_reason")
        if not is_chat:
            piece = {"index": index, "text": choice.get("text", ""), "finish_reason": reason}
            yield written({**head, "choices": [piece]})
            continue
        message = choice.get("message")
        delta = dict(message) if isinstance(message, dict) else {}
        if isinstance(delta.get("tool_calls"), list):
            delta["tool_calls"] = [
                {"index": place, **call}
                for place, call in enumerate(delta["tool_calls"])
                if isinstance(call, dict)
            ]
        said = {"index": index, "delta": delta, "finish_reason": None}
        if choice.get("logprobs"):
            said["logprobs"] = choice["logprobs"]
        yield written({**head, "choices": [said]})
        end = {"index": index, "delta": {}, "finish_reason": reason}
        yield written({**head, "choices": [end]})
    if with_usage and answer.get("usage"):
        yield written({**head, "choices": [], "usage": answer["usage"]})
    yield DONE
