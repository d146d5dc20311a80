"""A small OTLP and scores receiver: a real HTTP server that decodes what it is sent."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(slots=True, kw_only=True)
class Received:
    """One span as it came over the wire."""

    name: str
    trace_id: str
    span_id: str
    parent_span_id: str
    status: str
    status_message: str
    duration_ms: float
    attributes: dict[str, Any]
    resource: dict[str, Any]
    scope: str
    events: list[tuple[str, dict[str, Any]]]


@dataclass(slots=True)
class Receiver:
    """What has come in, and how the server answers."""

    url: str = ""
    spans: list[Received] = field(default_factory=list)
    scores: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    """Ends of sessions."""
    headers: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0
    answers: list[int] = field(default_factory=list)
    """Statuses of the next requests; 200 when none are left."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def named(self, name: str) -> Received:
        """The one span of this name."""
        found = [span for span in self.spans if span.name == name]
        assert len(found) == 1, [span.name for span in self.spans]
        return found[0]

    def wait(self, true: Callable[[Receiver], bool], timeout_s: float = 60.0) -> None:
        """Waits until something is true of what came in."""
        deadline = time.monotonic() + timeout_s
        while not true(self):
            assert time.monotonic() < deadline, (self.spans, self.scores)
            time.sleep(0.01)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Handles one request; gives the status."""
        with self._lock:
            self.requests += 1
            self.headers.append(headers)
            if self.answers:
                status = self.answers.pop(0)
                if status != 200:
                    return status
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            if path == "/v1/traces":
                self.spans += decoded(body)
            elif path == "/api/v1/rules/end-session":
                self.ended.append(json.loads(body))
            elif path == "/api/v1/scores":
                found = json.loads(body)
                self.scores += found if isinstance(found, list) else [found]
            else:
                return 404
            return 200


def decoded(body: bytes) -> Iterator[Received]:
    """The spans of one export request."""
    request = ExportTraceServiceRequest.FromString(body)
    for group in request.resource_spans:
        resource = _pairs(group.resource.attributes)
        for scope in group.scope_spans:
            for span in scope.spans:
                yield Received(
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_span_id=span.parent_span_id.hex(),
                    status=("unset", "ok", "error")[span.status.code],
                    status_message=span.status.message,
                    duration_ms=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e6,
                    attributes=_pairs(span.attributes),
                    resource=resource,
                    scope=scope.scope.name,
                    events=[(event.name, _pairs(event.attributes)) for event in span.events],
                )


def _pairs(attributes: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return _pairs(value.kvlist_value.values)
    return getattr(value, kind) if kind else None


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    """A running receiver."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {key.lower(): value for key, value in self.headers.items()}
            status = state.take(self.path, headers, body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
