"""What `init` was told: argument first, environment second, default last."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

DEFAULT_ENDPOINT = "http://localhost:8484"
DEFAULT_PROJECT = "default"
Mask = Callable[[str], str]


class SettingError(ValueError):
    """A setting that cannot be used; the message says which, and what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this process is traced."""

    endpoint: str
    """Base address of the server, without a slash at its end."""
    project: str
    api_key: str = ""
    environment: str = ""
    release: str = ""
    mask: Mask | None = None
    capture_content: bool = True
    instrument: bool | tuple[str, ...] = True
    sample_rate: float = 1.0
    service_name: str = ""
    max_content_chars: int = 1_000_000
    """Longest text kept of one input or output that our own decorators record."""
    queue_spans: int = 16_384
    queue_bytes: int = 64 << 20
    """Bounds of what waits to be sent; beyond them spans are dropped and counted."""
    system_metrics: bool = False
    """Whether the machine's own metrics are sent, too."""
    flush_timeout_s: float = 5.0
    """Longest time the end of the process is held up."""


def resolve(
    *,
    project: str | None,
    endpoint: str | None,
    api_key: str | None,
    environment: str | None,
    release: str | None,
    mask: Mask | None,
    capture_content: bool,
    instrument: bool | Sequence[str],
    sample_rate: float,
    flush_timeout_s: float,
    system_metrics: bool,
) -> Settings:
    """Settings from arguments and environment; `SettingError` for one that cannot be used."""
    address = (endpoint or os.environ.get("PILOTHOUSE_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingError(f"endpoint {address!r} is no http(s) address, e.g. {DEFAULT_ENDPOINT}")
    if not 0.0 <= sample_rate <= 1.0:
        raise SettingError(f"sample_rate {sample_rate!r} is not between 0 and 1")
    if mask is not None and not callable(mask):
        raise SettingError("mask must be a function from text to text")
    service = _service_name()
    name = project or os.environ.get("PILOTHOUSE_PROJECT") or service or DEFAULT_PROJECT
    chosen = instrument if isinstance(instrument, bool) else tuple(instrument)
    return Settings(
        endpoint=address,
        project=name,
        api_key=api_key or os.environ.get("PILOTHOUSE_API_KEY", ""),
        environment=environment or os.environ.get("PILOTHOUSE_ENVIRONMENT", ""),
        release=release or os.environ.get("PILOTHOUSE_RELEASE", ""),
        mask=mask,
        capture_content=capture_content,
        instrument=chosen,
        sample_rate=float(sample_rate),
        service_name=service,
        flush_timeout_s=flush_timeout_s,
        system_metrics=system_metrics,
    )


def _service_name() -> str:
    name = os.environ.get("OTEL_SERVICE_NAME", "")
    return "" if name.startswith("unknown_service") else name


def resource_attributes(settings: Settings) -> dict[str, Any]:
    """What the resource of each span says about this process."""
    found: dict[str, Any] = {"pilothouse.project": settings.project}
    found["service.name"] = settings.service_name or settings.project
    if settings.environment:
        found["deployment.environment.name"] = settings.environment
    if settings.release:
        found["service.version"] = settings.release
    return found
