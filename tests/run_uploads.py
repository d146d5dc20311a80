"""Requests as LangSmith's clients send them, put together by hand."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import zstandard

BOUNDARY = "0123456789abcdef0123456789abcdef"
FIELDS = ("inputs", "outputs", "events", "extra", "error", "serialized")
Part = tuple[str, bytes, str]


def part(name: str, data: bytes, mime_type: str = "application/json", length: str = "") -> bytes:
    """One part; `length` replaces the header that says how long it is."""
    said = length or f"Content-Length: {len(data)}\r\n"
    head = f'Content-Disposition: form-data; name="{name}"\r\nContent-Type: {mime_type}\r\n{said}'
    return f"--{BOUNDARY}\r\n{head}\r\n".encode() + data + b"\r\n"


def operation(verb: str, run: dict[str, Any]) -> bytes:
    """The parts of one operation, the large values split out as the SDK does."""
    body = {k: v for k, v in run.items() if k not in FIELDS}
    name = f"{verb}.{run['id']}"
    found = part(name, json.dumps(body).encode())
    for key in FIELDS:
        if run.get(key) is not None:
            found += part(f"{name}.{key}", json.dumps(run[key]).encode())
    return found


def multipart(*parts: bytes) -> bytes:
    """A whole body."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def packed(body: bytes) -> bytes:
    """A zstd frame without its content's size, as the SDK writes it."""
    stream = zstandard.ZstdCompressor(level=3).compressobj()
    return stream.compress(body) + stream.flush()


def headers(*, zstd: bool = False, key: str = "") -> dict[str, str]:
    """What goes with a multipart body."""
    found = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    if zstd:
        found["Content-Encoding"] = "zstd"
    if key:
        found["x-api-key"] = key
    return found


def stamp(at: datetime) -> str:
    """A time as dotted orders write it."""
    return at.strftime("%Y%m%dT%H%M%S%fZ")


def new_run(
    name: str = "step", parent: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A run that has just begun."""
    start = more.pop("at", None) or datetime.now(UTC)
    run_id = str(uuid.uuid4())
    order = f"{stamp(start)}{run_id}"
    return {
        "id": run_id,
        "trace_id": parent["trace_id"] if parent else run_id,
        "dotted_order": f"{parent['dotted_order']}.{order}" if parent else order,
        "parent_run_id": parent["id"] if parent else None,
        "name": name,
        "run_type": "chain",
        "start_time": start.isoformat(),
        "session_name": "uploads",
        "inputs": {"q": name},
        **more,
    }


def ending(run: dict[str, Any], seconds: float = 1.0, **more: Any) -> dict[str, Any]:
    """The change that ends a run."""
    start = datetime.fromisoformat(run["start_time"])
    return {
        "id": run["id"],
        "trace_id": run["trace_id"],
        "dotted_order": run["dotted_order"],
        "parent_run_id": run["parent_run_id"],
        "session_name": run["session_name"],
        "end_time": (start + timedelta(seconds=seconds)).isoformat(),
        "outputs": {"a": run["name"]},
        "error": None,
        "name": None,
        **more,
    }


def sent(server: Any, parts: Sequence[bytes], *, zstd: bool = True, key: str = "") -> None:
    """Send operations; asserts that they are taken."""
    body = multipart(*parts)
    status, answer = server.call(
        "POST",
        "/langsmith/runs/multipart",
        packed(body) if zstd else body,
        headers(zstd=zstd, key=key),
    )
    assert status == 202, answer


def spans_of(server: Any, project: str = "uploads", **more: str) -> list[dict[str, Any]]:
    """What the server shows of a project's spans, with everything, by name."""
    query = "".join(f"&{k}={v}" for k, v in more.items())
    items = server.get(f"/api/v1/spans?project={project}&limit=1000{query}")["items"]
    found = [
        server.get(f"/api/v1/traces/{i['trace_id']}/spans/{i['span_id']}?project={project}")
        for i in items
    ]
    return sorted(found, key=lambda span: str(span["name"]))


def one_of(server: Any, project: str) -> dict[str, Any]:
    """The only span of a project."""
    [span] = spans_of(server, project)
    return span


def assert_whole(span: dict[str, Any]) -> None:
    """Both halves of a run called `step` arrived."""
    assert (span["input"], span["output"]) == ({"q": "step"}, {"a": "step"})
    assert (span["name"], span["status"]) == ("step", "ok")
    assert span["duration_ms"] == 1000
