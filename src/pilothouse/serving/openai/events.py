"""The events of a streamed response, numbered from 0, in OpenAI's order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pilothouse.serving.chat import Said
from pilothouse.serving.openai.items import call_item, message_item, new_id, text_part


class Events:
    """Counts them, and keeps the items that they tell of."""

    def __init__(self) -> None:
        self._number = 0
        self._text = ""
        self._message: dict[str, Any] | None = None
        self._done: list[dict[str, Any]] = []

    def one(self, kind: str, **data: Any) -> dict[str, Any]:
        """An event with the next number."""
        number, self._number = self._number, self._number + 1
        told = {k: dict(v) if isinstance(v, dict) else v for k, v in data.items()}
        return {"type": kind, "sequence_number": number, **told}

    def items(self) -> list[dict[str, Any]]:
        """The items that are complete, and the text so far."""
        if self._message is not None:
            return [message_item(self._text, self._message["id"])]
        return self._done

    def delta(self, said: Said) -> Iterator[dict[str, Any]]:
        """A piece of text; calls of tools are told once they are whole."""
        if not said.text:
            return
        if self._message is None:
            self._message = item = message_item("", new_id("msg"), "in_progress")
            yield self.one("response.output_item.added", output_index=0, item=item)
            yield self.one(
                "response.content_part.added",
                item_id=item["id"],
                output_index=0,
                content_index=0,
                part=text_part(""),
            )
        self._text += said.text
        yield self.one(
            "response.output_text.delta",
            item_id=self._message["id"],
            output_index=0,
            content_index=0,
            delta=said.text,
            logprobs=[],
        )

    def finished(self, said: Said) -> Iterator[dict[str, Any]]:
        """What ends the text, and the calls of tools."""
        if self._message is None and not said.tool_calls:
            yield from self.delta(Said(said.text or ""))
        message, self._message = self._message, None
        if message is not None:
            item = message_item(self._text, message["id"])
            place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
            text = self._text
            yield self.one("response.output_text.done", **place, text=text, logprobs=[])
            yield self.one("response.content_part.done", **place, part=text_part(text))
            yield self.one("response.output_item.done", output_index=0, item=item)
            self._done.append(item)
        for call in said.tool_calls:
            yield from self._call(call, len(self._done))

    def _call(self, call: dict[str, Any], index: int) -> Iterator[dict[str, Any]]:
        item = call_item(call, new_id("fc"), "in_progress")
        yield self.one("response.output_item.added", output_index=index, item=item)
        place = {"item_id": item["id"], "output_index": index}
        told = call["arguments"]
        yield self.one("response.function_call_arguments.delta", **place, delta=told)
        yield self.one(
            "response.function_call_arguments.done", **place, name=call["name"], arguments=told
        )
        whole = call_item(call, item["id"])
        yield self.one("response.output_item.done", output_index=index, item=whole)
        self._done.append(whole)
