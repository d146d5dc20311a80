"""Searches as spans, in the trace that the client names, else in one of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from pilothouse.search.index.ranking import Wanted
from pilothouse.search.models import Hit
from pilothouse.tracing import Span, span, state

_DOCUMENTS: Final = 50
"""So many of what was found stand in a span."""


@contextmanager
def continued(headers: Mapping[str, str]) -> Iterator[None]:
    """Within, spans are part of the trace that a `traceparent` names."""
    if state.live is None or "traceparent" not in headers:
        yield
        return
    from opentelemetry import context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    token = context.attach(TraceContextTextMapPropagator().extract(headers))
    try:
        yield
    finally:
        context.detach(token)


def searching(query: str, wanted: Wanted) -> Span:
    """The span of one question."""
    if state.live is None:
        return span("search")
    how: dict[str, Any] = {"mode": wanted.mode, "k": wanted.k}
    if wanted.filter is not None:
        how["filter"] = orjson.dumps(wanted.filter).decode()
    return span("search", kind="retriever", input=query, metadata=how)


def found(of: Span, hits: Sequence[Hit]) -> None:
    """Writes what a question found on its span."""
    if of.trace_id is None:
        return
    told: dict[str, Any] = {}
    for number, hit in enumerate(hits[:_DOCUMENTS]):
        at = f"retrieval.documents.{number}.document."
        told[at + "id"] = hit.id
        told[at + "content"] = hit.text
        told[at + "score"] = hit.score
        told[at + "metadata"] = orjson.dumps({**hit.metadata, "source": hit.source}).decode()
    of.set_attributes(told).set_output([hit.source for hit in hits])


def traceparent(of: Span) -> str:
    """What carries a span's trace to the next server; "" where nothing is traced."""
    return "" if of.trace_id is None else f"00-{of.trace_id}-{of.span_id}-01"


def sends_to(url: str) -> bool:
    """Whether spans go to the server of this address, whose gateway then records calls itself."""
    live = state.live
    return live is not None and urlsplit(url).netloc == urlsplit(live.settings.endpoint).netloc
