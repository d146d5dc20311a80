"""Datasets for tests: attachments in memory, examples with sensible defaults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pilothouse.platform.datasets.models import Example, NewExample, Upload

QUESTION = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
}
"""A schema of inputs that have a question."""


class MemoryBlobs:
    """Bytes in a dictionary, as the span store keeps them in a table."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, bytes]] = {}

    def save(self, uploads: Sequence[tuple[str, Upload]]) -> None:
        for blob, upload in uploads:
            self.kept[blob] = (upload.mime_type, upload.data)

    def load(self, blob: str) -> tuple[str, bytes] | None:
        return self.kept.get(blob)

    def remove(self, blobs: Iterable[str]) -> None:
        for blob in blobs:
            self.kept.pop(blob, None)


def question(text: str, answer: str | None = None, **more: Any) -> NewExample:
    """An example with a question, and its answer if there is one."""
    outputs = None if answer is None else {"answer": answer}
    return NewExample(inputs={"question": text}, outputs=outputs, **more)


def questions(examples: list[Example]) -> list[str]:
    """What some examples ask, in their order."""
    return [example.inputs["question"] for example in examples]
