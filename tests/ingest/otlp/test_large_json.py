"""A large JSON body is parsed span by span, which nobody can tell from what comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pilothouse.platform.ingest.otlp.decoded import MalformedBody
from pilothouse.platform.ingest.otlp.json import decode_traces

PADDING = [{"key": "padding", "value": {"stringValue": "x" * 1_100_000}}]


def body_of(*spans: Any, padding: list[Any]) -> bytes:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}, *padding]}
    groups = [{"resource": resource, "scopeSpans": [{"scope": {"name": "s"}, "spans": spans}]}]
    return json.dumps({"resourceSpans": groups}).encode()


def span(number: int, **given: Any) -> dict[str, Any]:
    attributes = [{"key": "n", "value": {"intValue": str(number)}}]
    ids = {"traceId": "ab" * 16, "spanId": f"{number:016x}"}
    return {**ids, "name": "é\ud83d\ude00 \\", "attributes": attributes, **given}


def test_a_large_body_gives_the_spans_that_a_small_one_gives() -> None:
    spans = [span(n) for n in range(1, 20)]

    small = decode_traces(body_of(*spans, padding=[])).batch.sources
    large = decode_traces(body_of(*spans, padding=PADDING)).batch.sources

    assert [s.attributes for s in large] == [s.attributes for s in small]
    assert [(s.span_id, s.name, s.project, s.scope_name) for s in large] == [
        (s.span_id, s.name, s.project, s.scope_name) for s in small
    ]


@pytest.mark.parametrize("wrong", [7, None, {"traceId": 7}])
def test_a_large_body_is_refused_with_the_place_of_what_is_wrong(wrong: Any) -> None:
    messages = []
    for padding in ([], PADDING):
        with pytest.raises(MalformedBody) as refused:
            decode_traces(body_of(span(1), wrong, padding=padding))
        messages.append(str(refused.value))

    assert messages[0] == messages[1]
    assert "spans[1]" in messages[0]


def test_half_of_a_surrogate_pair_is_replaced_in_a_large_body() -> None:
    body = body_of(span(1), padding=PADDING).replace(b"\\ude00", b"")

    (source,) = decode_traces(body).batch.sources

    assert source.name == "é\ufffd \\"
