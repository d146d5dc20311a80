"""The model calls of an evaluation as a trace in the project of evaluators."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from pilothouse.platform.evaluators.calls import Call, prompt_json
from pilothouse.platform.evaluators.evaluating import Evaluated
from pilothouse.platform.evaluators.models import PROJECT
from pilothouse.platform.store.online import MARKER
from pilothouse.spans import Source

_OK, _ERROR = 1, 2


def sources_of(done: Evaluated, name: str, about: Mapping[str, str]) -> list[Source]:
    """The spans of the trace, the root first; `about` is the metadata that tells it apart."""
    trace_id, root_id = secrets.token_hex(16), secrets.token_hex(8)
    metadata = json.dumps({MARKER: name, **about})
    first = done.first
    failed = first.status == "error"
    said = {"score": first.score, "label": first.label, "explanation": first.explanation}
    root = Source(
        project=PROJECT,
        trace_id=trace_id,
        span_id=root_id,
        name=name,
        start_ns=done.start_ns,
        end_ns=done.end_ns,
        status_code=_ERROR if failed else _OK,
        status_message=first.error.message if first.error else "",
        attributes={
            "openinference.span.kind": "EVALUATOR",
            "input.value": _json({"inputs": done.subject.row.inputs, **_outputs(done)}),
            "input.mime_type": "application/json",
            "output.value": _json({k: v for k, v in said.items() if v is not None}),
            "output.mime_type": "application/json",
            "metadata": metadata,
        },
        scope_name="pilothouse",
        wire="sdk",
    )
    calls = [_call(call, trace_id, root_id, metadata) for call in done.calls.all]
    return [root, *calls]


def _outputs(done: Evaluated) -> dict[str, Any]:
    outputs = done.subject.row.outputs
    return {} if outputs is None else {"outputs": outputs}


def _call(call: Call, trace_id: str, parent: str, metadata: str) -> Source:
    attributes: dict[str, Any] = {
        "openinference.span.kind": "LLM",
        "llm.model_name": call.model,
        "input.value": prompt_json(call.messages),
        "input.mime_type": "application/json",
        "metadata": metadata,
    }
    for place, message in enumerate(call.messages):
        attributes[f"llm.input_messages.{place}.message.role"] = message.role
        attributes[f"llm.input_messages.{place}.message.content"] = message.content
    if call.completion is not None:
        attributes |= _answer(call)
    return Source(
        project=PROJECT,
        trace_id=trace_id,
        span_id=secrets.token_hex(8),
        parent_span_id=parent,
        name=call.model,
        start_ns=call.start_ns,
        end_ns=call.end_ns,
        status_code=_ERROR if call.error else _OK,
        status_message=call.error,
        attributes=attributes,
        scope_name="pilothouse",
        wire="sdk",
    )


def _answer(call: Call) -> dict[str, Any]:
    assert call.completion is not None
    text, usage = call.completion.text, call.completion.usage
    attributes: dict[str, Any] = {
        "output.value": text,
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": text,
    }
    if usage is not None:
        counts = {
            "llm.token_count.prompt": usage.input_tokens,
            "llm.token_count.completion": usage.output_tokens,
            "llm.token_count.prompt_details.cache_read": usage.cached_tokens,
            "llm.cost.total": usage.cost,
        }
        attributes |= {name: count for name, count in counts.items() if count is not None}
    return attributes


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
