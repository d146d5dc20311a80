"""What a judge asks of a language model, whoever serves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from pilothouse.evaluation.results import Usage

Role = Literal["system", "user", "assistant", "tool"]
Structure = Literal["json_schema", "tool", "json", "text"]
"""How a model is made to keep to a form, from the strictest way to none."""
FinishReason = Literal["stop", "length", "content_filter", "tool_calls", "other"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of what a model reads."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A generated token with its log-probability and those of its alternatives."""

    text: str
    logprob: float
    alternatives: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of a model. What is None is left to the provider."""

    messages: Sequence[Message]
    schema: Mapping[str, Any] | None = None
    """The JSON schema that the answer must keep to."""
    schema_name: str = "verdict"
    structure: Structure = "text"
    """The way to enforce `schema`; a model says by `structures` which it knows."""
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    top_logprobs: int | None = None
    stop: Sequence[str] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further parameters of an endpoint, by its own names: `top_p`, `reasoning_effort` …"""
    repetition: int = 0
    """Which of several answers to the same request this is; a cache keeps them apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """What a provider says may be asked of it in a minute, and what is left of that."""

    requests: int | None = None
    requests_left: int | None = None
    requests_reset_s: float | None = None
    """Until all requests are there again."""
    tokens: int | None = None
    tokens_left: int | None = None
    tokens_reset_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A model's answer."""

    text: str
    """For `structure="tool"` the arguments of the forced call."""
    model: str
    finish_reason: FinishReason = "stop"
    refusal: str | None = None
    usage: Usage | None = None
    tokens: Sequence[Token] | None = None
    fingerprint: str | None = None
    latency_ms: float | None = None
    cached: bool = False
    limits: RateLimits | None = None


@runtime_checkable
class ChatModel(Protocol):
    """A model that answers messages.

    `complete` raises `ModelError` for what the transport or the provider refuses. It neither
    retries nor caches; what does so is wrapped around it.
    """

    @property
    def name(self) -> str:
        """Which model it is, as reports and cache keys say it: `gpt-4o`, `callable:judge`."""

    @property
    def structures(self) -> Sequence[Structure]:
        """The ways that it knows of keeping to a schema, strictest first; always ends in `text`."""

    async def complete(self, request: Request) -> Completion:
        """The answer to one request."""


@runtime_checkable
class EmbeddingModel(Protocol):
    """A model that turns texts into vectors."""

    @property
    def name(self) -> str:
        """Which model it is: results of different models are not comparable."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector a text, in order. Raises `ModelError` as `ChatModel.complete` does."""
