"""The tracer provider: the program's own where it has one, else ours, whose settings can change.

OpenTelemetry lets a process set one provider, once, and takes no processor off it again. So what
`init` may be told anew stands outside of what tracers have copied from their provider.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import (
    DEFAULT_ON,
    ParentBasedTraceIdRatio,
    Sampler,
    SamplingResult,
)

from pilothouse.tracing.export import FULL_ID, Processor
from pilothouse.tracing.settings import Settings, resource_attributes

SPAN_EVENTS = 10_000
SPAN_ATTRIBUTES = 10_000
"""A conversation of 50 messages has more than the 128 that OpenTelemetry allows by default."""
Amend = Callable[[Resource], Resource]
"""From the resource that a span carries to the one that is sent."""
_attached: list[tuple[Any, Processor]] = []
"""Providers that carry a processor of ours; a list, because foreign ones may have no hash."""


class Sampling(Sampler):
    """Keeps whole traces at a rate that may change; tracers hold on to the sampler they got."""

    def __init__(self) -> None:
        self._inner: Sampler = DEFAULT_ON

    def keep(self, rate: float) -> None:
        """From now on this share of traces."""
        self._inner = DEFAULT_ON if rate >= 1.0 else ParentBasedTraceIdRatio(rate)

    def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
        """As the sampler of the rate decides."""
        return self._inner.should_sample(*args, **kwargs)

    def get_description(self) -> str:
        """That of the sampler in use."""
        return self._inner.get_description()


class OwnProvider(TracerProvider):
    """The provider that `init` sets where the program has none."""

    def __init__(self, settings: Settings) -> None:
        self.sampling = Sampling()
        super().__init__(
            sampler=self.sampling,
            resource=resource_of(settings),
            span_limits=SpanLimits(
                max_attributes=SPAN_ATTRIBUTES,
                max_span_attributes=SPAN_ATTRIBUTES,
                max_event_attributes=128,
                max_events=SPAN_EVENTS,
            ),
            shutdown_on_exit=False,
        )
        self.alone = True
        """Whether nobody but us looks at spans."""

    def add_span_processor(self, span_processor: SpanProcessor) -> None:
        """As the SDK does; one that is not ours has to be shown each span."""
        super().add_span_processor(span_processor)
        if not isinstance(span_processor, Processor):
            self.alone = False

    @property
    def cuts_texts(self) -> bool:
        """Whether the environment sets a limit to the length of attributes."""
        limits = self._span_limits
        given = (limits.max_attribute_length, limits.max_span_attribute_length)
        return any(limit is not None for limit in given)


def provider_for(settings: Settings, given: Any) -> tuple[Any, Processor, Amend | None]:
    """The provider to use, our processor on it, and how its resource is amended, if at all."""
    existing = given if given is not None else trace.get_tracer_provider()
    if not hasattr(existing, "add_span_processor"):
        existing = OwnProvider(settings)
        trace.set_tracer_provider(existing)
    processor = _processor(existing)
    if isinstance(existing, OwnProvider):
        existing.sampling.keep(settings.sample_rate)
        processor.keep_below = FULL_ID
        resource = resource_of(settings)
        return existing, processor, None if existing.resource == resource else lambda _: resource
    processor.keep_below = int(settings.sample_rate * FULL_ID)
    return existing, processor, _Addition(settings)


class _Addition:
    """Adds what ours says to the program's resource; its own names win, the project is ours."""

    def __init__(self, settings: Settings) -> None:
        self._additional = Resource(resource_attributes(settings))
        self._project = Resource({"pilothouse.project": settings.project})
        self._last: tuple[Resource, Resource] | None = None

    def __call__(self, resource: Resource) -> Resource:
        if self._last is None or self._last[0] is not resource:
            merged = self._additional.merge(resource).merge(self._project)
            self._last = (resource, merged)
        return self._last[1]


def resource_of(settings: Settings) -> Resource:
    """What spans say of this process, the environment's OTEL_RESOURCE_ATTRIBUTES among it."""
    return Resource.create(resource_attributes(settings))


def _processor(provider: Any) -> Processor:
    """Our processor on this provider; those on others stay silent."""
    for known, processor in _attached:
        if known is provider:
            return processor
    processor = Processor()
    provider.add_span_processor(processor)
    _attached.append((provider, processor))
    return processor
