"""Examples made of recorded spans: their inputs and outputs, or what a mapping takes of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid5

from pilothouse.platform.datasets.models import Dataset, NewExample
from pilothouse.platform.errors import BadRequest
from pilothouse.spans.openai_form import from_parts
from pilothouse.spans.parsing import text_of

SpanDocument = Mapping[str, Any]  # Any: a span as the API shows it
MOST: Final = 1_000
"""Spans in one request."""
_STEP: Final = re.compile(r"([^.\[\]]+)|\[(-?\d+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanMapping:
    """What of a span goes where: names of fields before paths into the span's document.

    Paths are as `input.question`, `messages_in[-1].parts[0].text`, `metadata.tier`; without any
    for a part, it is the span's own input or output.
    """

    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    with_outputs: bool = True
    """Whether the span's output is what the example expects."""
    with_metadata: bool = False
    """Whether the span's own metadata comes along."""
    constant: Mapping[str, Any] = field(default_factory=dict)
    """Metadata that all of the examples get."""
    splits: Sequence[str] | None = None


def example_of(span: SpanDocument, dataset: Dataset, mapping: SpanMapping) -> NewExample:
    """The example that a span makes in a dataset. The same span has the same id there."""
    metadata = dict(span.get("metadata") or {}) if mapping.with_metadata else {}
    metadata |= _taken(span, mapping.metadata)
    outputs = None
    if mapping.outputs:
        outputs = _taken(span, mapping.outputs)
    elif mapping.with_outputs:
        outputs = _outputs(span, dataset.data_type)
    return NewExample(
        id=str(uuid5(UUID(dataset.id), f"{span['trace_id']}:{span['span_id']}")),
        inputs=_taken(span, mapping.inputs) if mapping.inputs else _inputs(span, dataset.data_type),
        outputs=outputs,
        metadata=metadata | dict(mapping.constant),
        splits=mapping.splits,
        source_run_id=source_run_id(span),
        tools=span.get("tools") or (),
    )


def source_run_id(span: SpanDocument) -> str:
    """How an example names its span: a run's UUID, else trace and span, as `trace:span`."""
    try:
        return str(UUID(span["span_id"])) if len(span["span_id"]) > 16 else _by_trace(span)
    except ValueError:
        return _by_trace(span)


def value_at(span: SpanDocument, path: str) -> Any:
    """What stands under a path in a span's document, None for nothing. Raises BadRequest."""
    steps = [(name, number) for name, number in _STEP.findall(path)]
    if not steps or len(path) > 1_000:
        raise BadRequest(f"{path[:100]!r} is no path into a span; write it as input.question")
    value: Any = span
    for name, number in steps:
        if number:
            at = int(number)
            inside = isinstance(value, list) and -len(value) <= at < len(value)
            value = value[at] if inside else None
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _by_trace(span: SpanDocument) -> str:
    return f"{span['trace_id']}:{span['span_id']}"


def _taken(span: SpanDocument, paths: Mapping[str, str]) -> dict[str, Any]:
    return {name: value_at(span, path) for name, path in paths.items()}


def _inputs(span: SpanDocument, data_type: str) -> dict[str, Any]:
    messages = _openai(span.get("messages_in"))
    if data_type == "chat":
        return {"input": messages or [{"role": "user", "content": text_of(span.get("input"))}]}
    if data_type == "llm":
        return {"input": _text(messages, span.get("input"))}
    return _record(span.get("input"), messages, "input")


def _outputs(span: SpanDocument, data_type: str) -> dict[str, Any] | None:
    messages = _openai(span.get("messages_out"))
    output = span.get("output")
    if output is None and not messages:
        return None
    if data_type == "chat":
        alone = {"role": "assistant", "content": text_of(output)}
        return {"output": messages[-1] if messages else alone}
    if data_type == "llm":
        return {"output": _text(messages, output)}
    return _record(output, messages, "output")


def _record(value: Any, messages: list[dict[str, Any]], name: str) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    if messages:
        return {"messages": messages}
    return {} if value is None else {name: value}


def _text(messages: list[dict[str, Any]], value: Any) -> str:
    said = messages[-1]["content"] if messages else None
    if isinstance(said, str):
        return said
    return "" if value is None else text_of(value)


def _openai(messages: Any) -> list[dict[str, Any]]:
    return [made for each in messages or () for made in from_parts(each)]
