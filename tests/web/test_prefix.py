"""A server that is published below a path of another host."""

from __future__ import annotations

import re
from typing import Any

import pytest

from otlp import request, span, trace_id

pytestmark = pytest.mark.slow


def test_a_server_below_a_path_answers_with_and_without_it(server_in: Any) -> None:
    server = server_in(environ={"PILOTHOUSE_PUBLIC_URL": "https://example.org/watch/"})
    trace = trace_id()
    origin = {"Origin": "https://example.org"}

    # One proxy takes the path off, another leaves it on.
    sent = server.call("POST", "/watch/v1/traces", request(span(trace)), origin)

    assert sent[0] == 200
    assert server.call("POST", "/v1/traces", request(span(trace)), origin)[0] == 200
    for path in ("/api/v1/traces", "/watch/api/v1/traces"):
        assert [t["trace_id"] for t in server.get(path)["items"]] == [trace]
    assert server.call("GET", "/watch/healthz")[0] == 200
    foreign = {"Origin": "https://example.com"}
    assert server.call("POST", "/v1/traces", request(span(trace)), foreign)[0] == 403
    for path in ("/", "/watch", "/watch/traces"):
        page = server.get(path)
        if b"<base" in page:  # an installed package holds the built app
            assert re.search(rb'<base href="/watch/"', page)
