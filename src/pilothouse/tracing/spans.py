"""`with span("step") as s`: a span by hand, and what can be written on it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pilothouse.tracing import state
from pilothouse.tracing.trouble import trouble, warn_once
from pilothouse.tracing.values import TEXT, as_json, as_text

if TYPE_CHECKING:
    from opentelemetry.trace import Span as OtelSpan

    from pilothouse.tracing.live import Live, Opened

KINDS = frozenset(
    (
        "llm",
        "chain",
        "agent",
        "tool",
        "retriever",
        "reranker",
        "embedding",
        "guardrail",
        "evaluator",
        "prompt",
        "event",
        "span",
    )
)
USAGE = {
    "input_tokens": "llm.token_count.prompt",
    "output_tokens": "llm.token_count.completion",
    "total_tokens": "llm.token_count.total",
    "cached_tokens": "llm.token_count.prompt_details.cache_read",
    "cache_write_tokens": "llm.token_count.prompt_details.cache_write",
    "reasoning_tokens": "llm.token_count.completion_details.reasoning",
    "input_audio_tokens": "llm.token_count.prompt_details.audio",
    "output_audio_tokens": "llm.token_count.completion_details.audio",
}


def kind_value(kind: str) -> str:
    """The kind as OpenInference writes it; an unknown one becomes UNKNOWN, with a warning."""
    low = str(kind).lower()
    if low not in KINDS:
        warn_once(
            f"kind:{low}", f"unknown span kind {kind!r}; use one of {', '.join(sorted(KINDS))}"
        )
        return "UNKNOWN"
    return "UNKNOWN" if low in ("span", "event") else low.upper()


class Span:
    """One step of the program. Entering it makes it current; each setter gives the span back.

    No method raises, and all of them do nothing while the process is not traced.
    """

    __slots__ = ("_attributes", "_live", "_name", "_opened", "_otel", "_root")

    def __init__(self, name: str, attributes: dict[str, Any], *, root: bool = False) -> None:
        self._name = name
        self._attributes = attributes
        self._root = root
        self._live: Live | None = None
        self._opened: Opened | None = None
        self._otel: OtelSpan | None = None

    def __enter__(self) -> Span:
        live = state.live
        if live is not None:
            self._live = live
            self._opened = opened = live.begin(self._name, self._attributes, root=self._root)
            if opened is not None:
                self._otel = opened[0]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        live, opened = self._live, self._opened
        if live is None or opened is None:
            return
        if error is None:
            live.succeed(opened[0])
        else:
            live.fail(opened[0], error)
        self._opened = None
        live.leave(opened)

    async def __aenter__(self) -> Span:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    @property
    def trace_id(self) -> str | None:
        """32 hex digits, or None while nothing is traced."""
        return None if self._otel is None else f"{self._otel.get_span_context().trace_id:032x}"

    @property
    def span_id(self) -> str | None:
        """16 hex digits, or None while nothing is traced."""
        return None if self._otel is None else f"{self._otel.get_span_context().span_id:016x}"

    def set_input(self, value: Any, mime_type: str | None = None) -> Span:
        """What the step was given: text as it is, all else as JSON."""
        return self._content("input", value, mime_type)

    def set_output(self, value: Any, mime_type: str | None = None) -> Span:
        """What the step gave back."""
        return self._content("output", value, mime_type)

    def set_model(
        self,
        model: str,
        *,
        provider: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Span:
        """The model that was called, who runs it, and with which parameters."""
        attributes: dict[str, Any] = {"llm.model_name": str(model)}
        if provider is not None:
            attributes["llm.provider"] = str(provider)
        if parameters is not None:
            attributes["llm.invocation_parameters"] = _json(parameters)
        return self.set_attributes(attributes)

    def set_usage(
        self,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        total_tokens: int | None = None,
        cached_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        reasoning_tokens: int | None = None,
        input_audio_tokens: int | None = None,
        output_audio_tokens: int | None = None,
        cost: float | None = None,
    ) -> Span:
        """Token counts, inclusive: cached ones are part of the input, reasoning of the output.

        `cost` in US dollars, where you know it; else the server computes it from its prices.
        """
        if total_tokens is None and input_tokens is not None and output_tokens is not None:
            total_tokens = input_tokens + output_tokens
        given = {
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "total_tokens": total_tokens,
            "cached_tokens": cached_tokens,
            "cache_write_tokens": cache_write_tokens,
            "reasoning_tokens": reasoning_tokens,
            "input_audio_tokens": input_audio_tokens,
            "output_audio_tokens": output_audio_tokens,
        }
        attributes: dict[str, Any] = {
            USAGE[name]: count for name, count in given.items() if count is not None
        }
        if cost is not None:
            attributes["llm.cost.total"] = cost
        return self.set_attributes(attributes)

    def set_metadata(self, metadata: Mapping[str, Any] | None = None, **more: Any) -> Span:
        """Adds metadata; a name given before is replaced."""
        otel = self._otel
        if otel is None:
            return self
        try:
            known = json.loads((getattr(otel, "attributes", None) or {}).get("metadata", "{}"))
        except ValueError:
            known = {}
        return self.set_attributes({"metadata": _json({**known, **(metadata or {}), **more})})

    def set_tags(self, tags: Iterable[str]) -> Span:
        """The tags of this span, in place of those it had."""
        return self.set_attributes({"tag.tags": [str(tag) for tag in tags]})

    def set_prompt(
        self,
        name: str,
        version: str | int | None = None,
        *,
        template: str | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> Span:
        """The prompt that the input was made from."""
        attributes: dict[str, Any] = {"prompt.id": str(name)}
        if version is not None:
            attributes["llm.prompt_template.version"] = str(version)
        if self._captures():
            if template is not None:
                attributes["llm.prompt_template.template"] = template
            if variables is not None:
                attributes["llm.prompt_template.variables"] = _json(variables)
        return self.set_attributes(attributes)

    def set_attributes(self, attributes: Mapping[str, Any]) -> Span:
        """Any OpenTelemetry attributes."""
        if self._otel is not None and self._live is not None:
            self._live.write(self._otel, attributes)
        return self

    def set_name(self, name: str) -> Span:
        """Another name for the span."""
        return self._guarded(lambda otel: otel.update_name(str(name)))

    def set_error(self, message: str) -> Span:
        """Marks the span as failed without an exception."""
        return self._guarded(lambda otel: _mark_error(otel, message))

    def record_exception(self, error: BaseException) -> Span:
        """Marks the span as failed with an exception that you have caught."""
        if self._otel is not None and self._live is not None:
            self._live.fail(self._otel, error)
        return self

    def add_event(self, name: str, attributes: Mapping[str, Any] | None = None) -> Span:
        """Something that happened now."""
        return self._guarded(lambda otel: otel.add_event(name, dict(attributes or {})))

    def first_token(self) -> Span:
        """Notes that the first piece of a streamed answer has come."""
        return self.add_event("First Token Stream Event")

    def score(self, name: str, value: bool | float | str, *, comment: str | None = None) -> Span:
        """A verdict on this span."""
        from pilothouse.tracing.score import score

        if self._otel is not None:
            score(name, value, comment=comment, trace_id=self.trace_id, span_id=self.span_id)
        return self

    def _content(self, side: str, value: Any, mime_type: str | None) -> Span:
        live, otel = self._live, self._otel
        if live is not None and otel is not None and live.settings.capture_content:
            text, mime = as_text(value, live.limit)
            live.write_content(otel, side, text, mime_type or mime)
        return self

    def _captures(self) -> bool:
        return self._live is not None and self._live.settings.capture_content

    def _guarded(self, act: Any) -> Span:
        if self._otel is not None:
            try:
                act(self._otel)
            except Exception as error:
                trouble("writing to a span", error)
        return self


def span(
    name: str,
    *,
    kind: str = "chain",
    input: Any = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Iterable[str] | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Span:
    """A span below the current one, to be used with `with` or `async with`."""
    return _make(name, kind, input, metadata, tags, attributes, root=False)


def trace(
    name: str,
    *,
    kind: str = "chain",
    input: Any = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Iterable[str] | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Span:
    """A span that begins a new trace, whatever the current one is."""
    return _make(name, kind, input, metadata, tags, attributes, root=True)


def _make(
    name: str,
    kind: str,
    given: Any,
    metadata: Mapping[str, Any] | None,
    tags: Iterable[str] | None,
    attributes: Mapping[str, Any] | None,
    *,
    root: bool,
) -> Span:
    live = state.live
    if live is None:
        return Span(name, {})
    found: dict[str, Any] = {"openinference.span.kind": kind_value(kind)}
    if given is not None and live.settings.capture_content:
        found["input.value"], mime = as_text(given, live.limit)
        if mime != TEXT:
            found["input.mime_type"] = mime
    if metadata:
        found["metadata"] = _json(metadata)
    if tags:
        found["tag.tags"] = [str(tag) for tag in tags]
    if attributes:
        found.update(attributes)
    return Span(str(name), found, root=root)


def _json(value: Mapping[str, Any]) -> str:
    try:
        return as_json(dict(value), 100_000)
    except Exception as error:
        trouble("writing metadata", error)
        return "{}"


def _mark_error(otel: OtelSpan, message: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    otel.set_status(Status(StatusCode.ERROR, message))
