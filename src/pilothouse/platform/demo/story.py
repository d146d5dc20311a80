"""A trace being told: a clock that only moves forward, and the spans it has passed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from pilothouse.spans import Event, Link, Source

DEMO_PROJECT = "demo"
MS = 1_000_000
"""Nanoseconds in a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Who called, from where, and which build answered."""

    service: str
    scope: str
    release: str
    environment: str = "production"
    session: str = ""
    user: str = ""
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


class Failure(Exception):
    """An error of the example application, raised through its spans like a real one."""

    def __init__(self, kind: str, message: str, frames: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.frames = frames


class Story:
    """Builds the spans of one trace: `wait` moves its clock, `span` opens one in the present."""

    def __init__(self, random: Random, start_ns: int, setting: Setting) -> None:
        self.random = random
        self.now_ns = start_ns
        self.setting = setting
        self.trace_id = f"{random.getrandbits(128) | 1:032x}"
        self.sources: list[Source] = []
        self._open: list[Source] = []
        self._resource = {
            "service.name": setting.service,
            "service.version": setting.release,
            "deployment.environment.name": setting.environment,
            "telemetry.sdk.language": "python",
            "telemetry.sdk.name": "opentelemetry",
            "pilothouse.demo": True,
        }

    def wait(self, low_ms: float, high_ms: float | None = None) -> None:
        """Lets time pass: exactly `low_ms`, or something between the two with a long tail."""
        if high_ms is None:
            self.now_ns += int(low_ms * MS)
            return
        share = self.random.betavariate(1.6, 4.0)
        self.now_ns += int((low_ms + (high_ms - low_ms) * share) * MS)

    @contextmanager
    def span(self, name: str, attributes: dict[str, Any]) -> Iterator[Source]:
        """A span that ends with the block; a `Failure` leaving the block marks it and goes on."""
        setting = self.setting
        source = Source(
            project=DEMO_PROJECT,
            trace_id=self.trace_id,
            span_id=f"{self.random.getrandbits(64) | 1:016x}",
            parent_span_id=self._open[-1].span_id if self._open else "",
            name=name,
            start_ns=self.now_ns,
            otel_kind=1,
            status_code=1,
            attributes=attributes,
            resource=self._resource,
            scope_name=setting.scope,
            scope_version="0.1.0",
        )
        if setting.session:
            attributes["session.id"] = setting.session
        if setting.user:
            attributes["user.id"] = setting.user
        if not self._open:
            if setting.tags:
                attributes["tag.tags"] = list(setting.tags)
            if setting.metadata:
                attributes["metadata"] = compact(setting.metadata)
        self._open.append(source)
        try:
            yield source
        except Failure as failure:
            mark(source, failure, self.now_ns)
            raise
        finally:
            self._open.pop()
            source.end_ns = self.now_ns
            self.sources.append(source)

    def link(self, source: Source) -> Link:
        """A pointer to a span of this trace."""
        return Link(trace_id=source.trace_id, span_id=source.span_id)


def mark(source: Source, failure: Failure, now_ns: int) -> None:
    """Makes a span a failed one, with the exception event that OpenTelemetry would record."""
    source.status_code = 2
    source.status_message = f"{failure.kind.rpartition('.')[2]}: {failure}"
    source.events.append(
        Event(
            name="exception",
            time_ns=now_ns,
            attributes={
                "exception.type": failure.kind,
                "exception.message": str(failure),
                "exception.stacktrace": stacktrace(failure),
                "exception.escaped": "False",
            },
        )
    )


def stacktrace(failure: Failure) -> str:
    """The text Python would print; frames are written `path:line:function:code`."""
    lines = ["Traceback (most recent call last):"]
    for frame in failure.frames:
        path, line, function, code = frame.split(":", 3)
        lines += [f'  File "{path}", line {line}, in {function}', f"    {code}"]
    return "\n".join([*lines, f"{failure.kind}: {failure}"])


def compact(value: Any) -> str:  # Any: whatever JSON can hold
    """JSON without spaces, letters of every script as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
