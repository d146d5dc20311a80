"""A whole response as the events of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pilothouse.gateway.streams import written

Json = dict[str, Any]
_TOLD = {"output_text": "text", "refusal": "refusal"}


def replayed_response(response: Json) -> Iterator[bytes]:
    """The events that would have come before the last one, and that."""
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    told = response.get("output")
    output = [each for each in told if isinstance(each, dict)] if type(told) is list else []
    events = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        *(event for place, item in enumerate(output) for event in _item(place, item)),
        {"type": f"response.{response.get('status', 'completed')}", "response": response},
    ]
    for number, event in enumerate(events):
        shown = {**event, "sequence_number": number}
        yield b"event: " + str(event["type"]).encode() + b"\n" + written(shown)


def _item(place: int, item: Json) -> Iterator[Json]:
    at = {"output_index": place}
    empty: Json = {"content": [], "arguments": ""}
    shown = {name: empty.get(name, value) for name, value in item.items()}
    begun = {**shown, "status": "in_progress"}
    yield {"type": "response.output_item.added", **at, "item": begun}
    within = {"item_id": item.get("id"), **at}
    content = item.get("content")
    for number, part in enumerate(content if isinstance(content, list) else ()):
        if isinstance(part, dict):
            yield from _part({**within, "content_index": number}, part)
    if isinstance(item.get("arguments"), str):
        name = "response.function_call_arguments"
        yield {"type": f"{name}.delta", **within, "delta": item["arguments"]}
        yield {"type": f"{name}.done", **within, "arguments": item["arguments"]}
    yield {"type": "response.output_item.done", **at, "item": item}


def _part(at: Json, part: Json) -> Iterator[Json]:
    field = _TOLD.get(str(part.get("type")))
    if field is None:
        return
    name, text = f"response.{part['type']}", part.get(field) or ""
    more: Json = {"logprobs": []} if field == "text" else {}
    yield {"type": "response.content_part.added", **at, "part": {**part, field: ""}}
    yield {"type": f"{name}.delta", **at, "delta": text, **more}
    yield {"type": f"{name}.done", **at, field: text, **more}
    yield {"type": "response.content_part.done", **at, "part": part}
