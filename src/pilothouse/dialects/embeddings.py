"""The texts that an embedding span turned into vectors."""

from __future__ import annotations

from typing import Any

from pilothouse.dialects.view import View
from pilothouse.spans.messages import message_text, messages
from pilothouse.spans.parsing import parsed


def embedding_inputs(view: View, text: str) -> list[str]:
    """From their own attributes, else from messages or from `text`, the input of the span."""
    for read in view.plan.fields["embedding_inputs"]:
        found: list[str] = read(view)
        if found:
            return found
    if view.kind != "embedding":
        return []
    for read in view.plan.fields["messages_in"]:  # Traceloop: each input is a user message
        said = messages(read(view), "user", loose=False)
        texts = [one for message in said if (one := message_text(message))]
        if texts:
            return texts
    return _inputs_of(parsed(text))


def _inputs_of(payload: Any) -> list[str]:
    """The texts in the body of a request for embeddings."""
    if type(payload) is dict:
        for key in ("input", "texts", "text", "query", "documents", "contents"):
            if payload.get(key):
                return _inputs_of(payload[key])
        return []
    if type(payload) is str:
        return [payload] if payload else []
    if type(payload) is not list:
        return []
    texts = (one.get("content") if type(one) is dict else one for one in payload)
    return [text for text in texts if type(text) is str]
