"""A row of an experiment as spans and scores. Sent again, they replace themselves."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from pilothouse.platform.evaluators.verdicts import COST, RAW
from pilothouse.platform.experiments.running.answers import Call, call_of
from pilothouse.platform.experiments.running.orders import Order, OrderedEvaluator
from pilothouse.spans import Score, Source

if TYPE_CHECKING:
    from pilothouse.evaluation.results import EvaluationResult
    from pilothouse.evaluation.runner.records import RowResult

_OK, _ERROR = 1, 2
_SAID: Final = 10_000
"""So much of what a judge said is kept with its score."""
_NAMESPACE: Final = uuid.UUID("0d2b8a52-6f7e-4d8e-9f53-5f2f1f1f7c31")
_JSON: Final = "application/json"
_TEXT: Final = "text/plain"


def ids_of(experiment_id: str, example_id: str, repetition: int) -> tuple[str, str, str]:
    """The ids of a try's trace, its root and the call in it: the same whenever it is run."""
    digest = hashlib.sha256(f"{experiment_id}\0{example_id}\0{repetition}".encode()).hexdigest()
    return digest[:32], digest[32:48], digest[48:]


def sources_of(project: str, order: Order, row: RowResult, noted: Call | None) -> list[Source]:
    """The spans of a row, its root first."""
    example, repetition = row.row.example_id or "", row.row.repetition
    trace, root_id, child_id = ids_of(order.experiment_id, example, repetition)
    call = call_of(row.row.fields) or noted or _lost(row)
    outputs = row.row.outputs
    kind = _TEXT if isinstance(outputs, str) else _JSON
    attributes: dict[str, Any] = {
        "openinference.span.kind": "CHAIN",
        "pilothouse.experiment_id": order.experiment_id,
        "pilothouse.example_id": example,
        "pilothouse.repetition": repetition + 1,
        "input.value": _json(row.row.inputs),
        "input.mime_type": _JSON,
        **({} if call.messages else call.attributes),
    }
    if row.error is None:
        text = outputs if isinstance(outputs, str) else _json(outputs)
        attributes |= {"output.value": text, "output.mime_type": kind}
    else:
        attributes["error.type"] = row.error.type
    root = Source(
        project=project,
        trace_id=trace,
        span_id=root_id,
        name=_name(order.target),
        start_ns=call.start_ns,
        end_ns=call.end_ns,
        status_code=_OK if row.error is None else _ERROR,
        status_message="" if row.error is None else row.error.message,
        attributes=attributes,
        scope_name="pilothouse",
        wire="sdk",
    )
    return [root, _asked(root, child_id, call)] if call.messages else [root]


def _asked(root: Source, span_id: str, call: Call) -> Source:
    """The span of a model's call."""
    attributes: dict[str, Any] = {
        "openinference.span.kind": "LLM",
        "llm.model_name": call.model,
        "llm.invocation_parameters": _json(call.parameters),
        "input.value": _json(call.messages),
        "input.mime_type": _JSON,
        **call.attributes,
    }
    for place, message in enumerate(call.messages):
        content = message.get("content")
        text = content if isinstance(content, str) else _json(content)
        attributes[f"llm.input_messages.{place}.message.role"] = message["role"]
        attributes[f"llm.input_messages.{place}.message.content"] = text
    if not call.error or call.text:
        attributes |= {
            "output.value": call.text,
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": call.text,
        }
    counts = {
        "llm.token_count.prompt": call.input_tokens,
        "llm.token_count.completion": call.output_tokens,
        "llm.token_count.prompt_details.cache_read": call.cached_tokens,
        "llm.cost.total": call.cost,
        "llm.finish_reason": call.finish_reason or None,
        "error.type": call.error_type or None,
    }
    attributes |= {name: value for name, value in counts.items() if value is not None}
    return Source(
        project=root.project,
        trace_id=root.trace_id,
        span_id=span_id,
        parent_span_id=root.span_id,
        name=call.model,
        start_ns=call.asked_ns,
        end_ns=call.end_ns,
        status_code=_ERROR if call.error else _OK,
        status_message=call.error,
        attributes=attributes,
        scope_name="pilothouse",
        wire="sdk",
    )


def scores_of(
    project: str, order: Order, row: RowResult, evaluators: Mapping[str, OrderedEvaluator]
) -> list[Score]:
    """The verdicts on a row; none where there was no answer to judge."""
    if row.error is not None:
        return []
    trace, root_id, _ = ids_of(order.experiment_id, row.row.example_id or "", row.row.repetition)
    return [
        _score(project, trace, root_id, result, evaluators.get(result.name))
        for result in row.results
    ]


def _score(
    project: str,
    trace_id: str,
    span_id: str,
    result: EvaluationResult,
    evaluator: OrderedEvaluator | None,
) -> Score:
    cost = None if result.usage is None else result.usage.cost
    raw = result.metadata.get("raw") or (result.error.raw_output if result.error else None)
    said = {
        RAW: "" if raw is None else str(raw)[:_SAID],
        COST: "" if cost is None else f"{cost:.9f}",
    }
    skipped = result.status in ("skipped", "not_applicable")
    return Score(
        id=str(uuid.uuid5(_NAMESPACE, f"{trace_id}\0{result.name}")),
        project=project,
        name=result.name,
        value=None if result.score is None else float(result.score),
        label=result.label or "",
        comment=result.explanation or "",
        source="judge" if result.kind == "llm" else "code",
        identifier="" if evaluator is None else evaluator.id,
        evaluator_version="" if evaluator is None else str(evaluator.version),
        trace_id=trace_id,
        span_id=span_id,
        status="skipped" if skipped else "error" if result.status == "error" else "ok",
        error=result.error.message if result.error else "",
        created_at_ns=time.time_ns(),
        metadata={key: value for key, value in said.items() if value},
    )


def _lost(row: RowResult) -> Call:
    """A call that nobody could note down, as it was given up."""
    end = time.time_ns()
    return Call(start_ns=end - int((row.latency_ms or 0.0) * 1e6), end_ns=end)


def _name(target: Mapping[str, Any]) -> str:
    return str(target["prompt"]) if target["kind"] == "prompt" else f"POST {target['url']}"


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
