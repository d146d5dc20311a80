"""All of a span: its row back to its source, read by its dialect, as the JSON of the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pilothouse.platform.store.rows import dumps, source_of
from pilothouse.platform.store.shown import SPAN_TOKENS, rfc3339, span_shown
from pilothouse.platform.store.tables import record_of
from pilothouse.spans import Content, Fields, LogRecord, ReportedCost, Source, Usage

CostDetails = Callable[[Mapping[str, Any]], list[dict[str, Any]]]
"""From a row of `spans` to the lines of its bill."""

AT_ONCE: Final = 4
"""So many spans are put together on the event loop; more go to a thread."""
PIECE: Final = 200


async def documents(
    rows: Sequence[Mapping[str, Any]],
    project: str,
    logs: Sequence[tuple[str, str]],
    scores: Sequence[Mapping[str, Any]],
    cost_details: CostDetails | None = None,
) -> bytes:
    """The spans as a JSON array; put together piece by piece, so that others get their turn."""
    records: dict[str, list[str]] = {}
    for span_id, record in logs:
        records.setdefault(span_id, []).append(record)
    verdicts: dict[str, list[Mapping[str, Any]]] = {}
    for score in scores:
        if score["span_id"] is not None:
            verdicts.setdefault(score["span_id"], []).append(score)

    def work(piece: Sequence[Mapping[str, Any]]) -> bytes:
        return b",".join(
            dumps(
                document(
                    row,
                    project,
                    [record_of(text) for text in records.get(row["span_id"], ())],
                    verdicts.get(row["span_id"], []),
                    cost_details,
                )
            )
            for row in piece
        )

    if len(rows) <= AT_ONCE:
        return b"[" + work(rows) + b"]"
    parts = [
        await asyncio.to_thread(work, rows[at : at + PIECE]) for at in range(0, len(rows), PIECE)
    ]
    return b"[" + b",".join(parts) + b"]"


def document(
    row: Mapping[str, Any],
    project: str,
    logs: list[LogRecord],
    scores: Sequence[Mapping[str, Any]],
    cost_details: CostDetails | None = None,
) -> dict[str, Any]:
    """The span as the API shows it."""
    from pilothouse import dialects

    source = source_of(row, project)
    source.logs = logs
    fields = fields_of(row)
    content = dialects.content(source, fields)
    return span_shown(row, project) | _wide(row, source, content, scores, cost_details)


def fields_of(row: Mapping[str, Any]) -> Fields:
    """The fields that were derived when the span came in."""
    usage = Usage(**{name: row[name] for name in SPAN_TOKENS})
    has_usage = any(row[name] is not None for name in SPAN_TOKENS)
    has_cost = row["cost_total"] is not None or row["cost_input"] is not None
    start_ns = row["start_us"] * 1000
    token_us = row["first_token_us"]
    return Fields(
        name=row["name"],
        kind=row["kind"],
        status=row["status"],
        status_message=row["status_message"],
        error_type=row["error_type"],
        trace_name=row["trace_name"],
        model=row["model"],
        provider=row["provider"],
        response_id=row["response_id"],
        usage=usage if has_usage else None,
        cost=ReportedCost(
            input=row["cost_input"], output=row["cost_output"], total=row["cost_total"]
        )
        if has_cost
        else None,
        streaming=None if row["streaming"] is None else bool(row["streaming"]),
        first_token_ns=None if token_us is None else start_ns + token_us * 1000,
        session_id=row["session_id"],
        session_explicit=bool(row["session_explicit"]),
        user_id=row["user_id"],
        tags=row["tags"],
        metadata=row["metadata"],
        environment=row["environment"],
        release=row["release"],
        tool_name=row["tool_name"],
        prompt_name=row["prompt_name"],
        prompt_version=row["prompt_version"],
        experiment_id=row["experiment_id"],
        example_id=row["example_id"],
        repetition=row["repetition"],
        input=row["input"],
        output=row["output"],
        input_key=row["input_key"],
        output_key=row["output_key"],
        input_mime_type=row["input_mime_type"],
        output_mime_type=row["output_mime_type"],
        input_preview=row["input_preview"],
        output_preview=row["output_preview"],
    )


def _wide(
    row: Mapping[str, Any],
    source: Source,
    content: Content,
    scores: Sequence[Mapping[str, Any]],
    cost_details: CostDetails | None,
) -> dict[str, Any]:
    """What is read out of the source."""
    bill = cost_details(row) if cost_details and row["cost_total"] is not None else []
    return {
        "input": content.input,
        "output": content.output,
        "messages_in": content.messages_in,
        "messages_out": content.messages_out,
        "parameters": content.parameters,
        "tools": content.tools,
        "tool_calls": content.tool_calls,
        "tool_call_id": content.tool_call_id or None,
        "documents": content.documents,
        "embedding_inputs": content.embedding_inputs,
        "prompt": {
            "name": row["prompt_name"] or None,
            "version": row["prompt_version"] or None,
            "template": content.prompt_template or None,
            "variables": content.prompt_variables,
        },
        "cost": {
            "input": row["cost_input"],
            "output": row["cost_output"],
            "total": row["cost_total"],
            "source": row["cost_source"] or None,
            "price_date": row["price_date"] or None,
            "details": bill,
        },
        "exceptions": content.exceptions,
        "attachments": content.attachments,
        "events": [
            {"name": e.name, "time": rfc3339(e.time_ns // 1000), "attributes": e.attributes}
            for e in source.events
        ],
        "links": [
            {"trace_id": x.trace_id, "span_id": x.span_id, "attributes": x.attributes}
            for x in source.links
        ],
        "logs": [
            {
                "event_name": record.event_name,
                "time": rfc3339(record.time_ns // 1000),
                "body": record.body,
                "attributes": record.attributes,
            }
            for record in source.logs
        ],
        "scores": list(scores),
        "attributes": source.attributes,
        "resource": source.resource,
        "instrumentation": {
            "name": source.scope_name or None,
            "version": source.scope_version or None,
            "attributes": source.scope_attributes,
        },
        "experiment_id": row["experiment_id"] or None,
        "example_id": row["example_id"] or None,
        "repetition": row["repetition"],
    }
